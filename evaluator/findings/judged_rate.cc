#include "evaluator/findings/judged_rate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mazescan::findings {
namespace {

constexpr double kOneSided = (1 - statistics::kConfidence) / 2;

// Judges a rate over n levels that count as `trials` independent trials.
JudgedRate judged(double value, double trials, int64_t n, double bound) {
  JudgedRate rate;
  const statistics::Interval wilson = statistics::wilson_interval(value * trials, trials);
  rate.value = value;
  rate.low = wilson.low;
  rate.high = wilson.high;
  rate.n = n;
  const double z = (value - bound) / std::sqrt(bound * (1 - bound) / trials);
  rate.p_below = statistics::normal_cdf(z);
  rate.p_above = statistics::normal_cdf(-z);
  return rate;
}

}  // namespace

std::string JudgedRate::in_words() const {
  return fmt::format("{} of {}", in_percent(value, {low, high}), n);
}

JudgedRate judged_rate(double successes, int64_t n, double bound) {
  const auto trials = static_cast<double>(n);
  return judged(successes / trials, trials, n, bound);
}

JudgedRate judged_share(double share, int64_t levels, double bound, const std::vector<double>& resamples) {
  const auto clusters = static_cast<double>(levels);
  const double value = std::clamp(share, 0.0, 1.0);  // rounding can exceed [0, 1]
  return judged(
      value,
      statistics::effective_trials(value, statistics::resampled_variance(resamples, clusters), clusters),
      levels, bound);
}

JudgedRate judged_rate(double successes, int64_t n, double bound, const std::vector<double>& resamples) {
  JudgedRate rate = judged_rate(successes, n, bound);
  const statistics::Interval both =
      statistics::hull({rate.low, rate.high}, statistics::percentile_interval(resamples));
  rate.low = both.low;
  rate.high = both.high;
  const auto count = static_cast<double>(resamples.size());
  const auto first_not_below = std::lower_bound(resamples.begin(), resamples.end(), bound);
  const auto below = static_cast<double>(first_not_below - resamples.begin());
  rate.p_below = std::max(rate.p_below, (count - below + 1) / (count + 1));
  rate.p_above = std::max(rate.p_above, (below + 1) / (count + 1));
  return rate;
}

void set_value(Judgement& judgement, const std::string& measure, const JudgedRate& rate) {
  set_value(judgement, measure, rate.value, {rate.low, rate.high}, rate.n);
}

std::string few_levels(const std::vector<JudgedRate>& family) {
  const bool few =
      std::any_of(family.begin(), family.end(), [](const JudgedRate& rate) { return rate.n < kFewEpisodes; });
  return few ? fmt::format("; too few levels for a verdict: {} of each size are needed", kFewEpisodes) : "";
}

void judge(std::vector<JudgedRate>& family, Claim claim) {
  std::vector<double> wanted, unwanted;
  for (const JudgedRate& rate : family) {
    wanted.push_back(claim == Claim::kBelow ? rate.p_below : rate.p_above);
    unwanted.push_back(claim == Claim::kBelow ? rate.p_above : rate.p_below);
  }
  wanted = statistics::holm(wanted);
  unwanted = statistics::holm(unwanted);
  for (size_t i = 0; i < family.size(); ++i) {
    family[i].p_holds = wanted[i];
    family[i].p_fails = unwanted[i];
    if (family[i].n < kFewEpisodes) continue;
    if (wanted[i] <= kOneSided) family[i].finding = Finding::holds;
    if (unwanted[i] <= kOneSided) family[i].finding = Finding::fails;
  }
}

Finding all_of(const std::vector<JudgedRate>& family) {
  const auto is = [](Finding finding) {
    return [finding](const JudgedRate& rate) { return rate.finding == finding; };
  };
  if (std::any_of(family.begin(), family.end(), is(Finding::fails))) return Finding::fails;
  return !family.empty() && std::all_of(family.begin(), family.end(), is(Finding::holds))
             ? Finding::holds
             : Finding::undecided;
}

double p_value_of(Finding finding, const std::vector<std::vector<JudgedRate>>& families) {
  double largest = 0, smallest = 1;
  for (const std::vector<JudgedRate>& family : families)
    for (const JudgedRate& rate : family) {
      largest = std::max(largest, rate.p_holds);
      if (rate.n >= kFewEpisodes) smallest = std::min(smallest, rate.p_fails);
    }
  const auto choices =
      static_cast<double>(families.size());  // a statement fails if one of several claims fails
  return finding == Finding::holds   ? std::min(1.0, 2 * largest)
         : finding == Finding::fails ? std::min(1.0, 2 * smallest * choices)
                                     : statistics::kNaN;
}

}  // namespace mazescan::findings
