#include "evaluator/questions/certified_size.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace mazescan {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void require_whole(const ResultShard& shard, bool ok) {
  if (!ok)
    throw UserError(fmt::format("{} is damaged", shard.unit.file_name()),
                    "columns of a certificate do not fit together",
                    "remove it and run mazescan-evaluator certify again");
}

// A positive number among the facts.
int fact(const ResultShard& shard, const char* name) {
  const auto found = shard.facts.find(name);
  require_whole(shard, found != shard.facts.end() && found->is_number_integer());
  const auto value = found->get<int64_t>();
  require_whole(shard, value >= 0 && value < 1'000'000'000);
  return static_cast<int>(value);
}

template <class T>
void append(std::vector<T>& all, const ResultShard& shard, const char* name, size_t length) {
  const auto& some = shard.get<T>(name);
  require_whole(shard, some.size() == length);
  all.insert(all.end(), some.begin(), some.end());
}

void add(std::vector<double>& sums, const ResultShard& shard, const char* name) {
  const auto& some = shard.get<double>(name);
  require_whole(shard, some.size() == sums.size());
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += some[i];
}

}  // namespace

CertifiedSize::CertifiedSize(int of_size, const std::vector<const ResultShard*>& shards) : size(of_size) {
  const ResultShard& first = *shards.front();
  limit = fact(first, "limit");
  region = fact(first, "region");
  faces = fact(first, "faces");
  all_layouts = fact(first, "layouts");
  curve_.resize(static_cast<size_t>(kWeightings * kPairs) * (limit + 1));
  weight_.resize(kWeightings * kPairs);
  lowest_.assign(static_cast<size_t>(limit) + 1, 1);
  for (const ResultShard* shard : shards) {
    require_whole(*shard, fact(*shard, "limit") == limit);
    const size_t count = shard->get<int32_t>("layout/index").size();
    append(probability_, *shard, "layout/probability", count);
    append(pairs_, *shard, "layout/pairs", count * kPairs);
    append(never_, *shard, "greedy/never", count * kPairs);
    append(worst_delay_, *shard, "greedy/worst_delay", count);
    append(within_limit_, *shard, "sampled/within_limit", count * kPairs);
    append(expected_, *shard, "sampled/expected_steps", count * kPairs);
    add(curve_, *shard, "curve/arrived");
    add(weight_, *shard, "curve/weight");
    const auto& lowest = shard->get<double>("curve/lowest");
    require_whole(*shard, lowest.size() == lowest_.size());
    for (size_t t = 0; t < lowest.size(); ++t) lowest_[t] = std::min(lowest_[t], lowest[t]);
  }
  layouts = static_cast<int64_t>(probability_.size());
}

CertifiedSize::Estimate CertifiedSize::estimate(Pairs pairs, Weighting weighting,
                                                const std::function<double(size_t)>& of_layout) const {
  // Layouts with such pairs only.
  std::vector<double> weights, weighted;
  double sum = 0, squares = 0, total = 0;
  for (size_t l = 0; l < probability_.size(); ++l) {
    if (pairs_[pairs_of(l, pairs)] == 0) continue;
    weights.push_back(weight(l, weighting));
    weighted.push_back(weights.back() * of_layout(l));
    sum += weights.back();
    squares += weights.back() * weights.back();
    total += weighted.back();
  }
  if (weights.empty()) return {kNaN, kNaN, kNaN};
  const double value = total / sum;
  if (exhaustive()) return {value, value, value};
  const double share = std::clamp(value, 0.0, 1.0);  // sums of shares round
  const double kish = sum * sum / squares;
  const double trials = effective_trials(share, ratio_variance(weighted, weights), kish);
  const Interval interval = wilson_interval(share * trials, trials);
  return {value, interval.low, interval.high};
}

CertifiedSize::Estimate CertifiedSize::never(Pairs pairs, Weighting weighting) const {
  return estimate(pairs, weighting, [&](size_t l) {
    return static_cast<double>(never_[pairs_of(l, pairs)]) / pairs_[pairs_of(l, pairs)];
  });
}

CertifiedSize::Estimate CertifiedSize::within_limit(Pairs pairs, Weighting weighting) const {
  return estimate(pairs, weighting, [&](size_t l) { return within_limit_[pairs_of(l, pairs)]; });
}

double CertifiedSize::arrived(Pairs pairs, Weighting weighting, int t) const {
  const size_t row = static_cast<size_t>(weighting) * kPairs + static_cast<size_t>(pairs);
  return curve_.at(row * (static_cast<size_t>(limit) + 1) + static_cast<size_t>(t)) / weight_[row];
}

double CertifiedSize::steps_until_limit(Pairs pairs, Weighting weighting) const {
  double steps = 0;
  for (int t = 0; t < limit; ++t) steps += 1 - arrived(pairs, weighting, t);
  return steps;
}

double CertifiedSize::clock() const {
  double steps = 0;
  for (int t = 1; t <= limit; ++t)
    steps += t * (arrived(Pairs::top_right, Weighting::generator, t) -
                  arrived(Pairs::top_right, Weighting::generator, t - 1));
  return steps / arrived(Pairs::top_right, Weighting::generator, limit);
}

double CertifiedSize::expected_steps(double q) const {
  std::vector<double> steps;
  for (size_t l = 0; l < probability_.size(); ++l) steps.push_back(expected_[pairs_of(l, Pairs::everywhere)]);
  std::sort(steps.begin(), steps.end());
  // An order statistic: between a number and infinity there is no mean.
  return steps[static_cast<size_t>(std::lround(q * static_cast<double>(steps.size() - 1)))];
}

int CertifiedSize::longest_delay() const {
  return *std::max_element(worst_delay_.begin(), worst_delay_.end());
}

int64_t CertifiedSize::never_arriving() const {
  int64_t count = 0;
  for (size_t l = 0; l < probability_.size(); ++l) count += never_[pairs_of(l, Pairs::everywhere)];
  return count;
}

int64_t CertifiedSize::pairs() const {
  int64_t count = 0;
  for (size_t l = 0; l < probability_.size(); ++l) count += pairs_[pairs_of(l, Pairs::everywhere)];
  return count;
}

}  // namespace mazescan
