#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "datasets/scan_episode.h"
#include "evaluator/findings/chart.h"
#include "evaluator/findings/judged_rate.h"
#include "evaluator/questions/phase_curve.h"
#include "evaluator/questions/questions.h"

namespace mazescan {
namespace {

using nlohmann::json;

constexpr double kHalf = 0.5;
constexpr size_t kFewestSizes = 4;  // or a curve fitted to the others would be of two points
constexpr double kClear = 2;        // a difference of log-likelihoods that counts: odds of 7 to 1
constexpr int kPublishedLimit = 256;

// What happened in mazes of one size with the cheese off the region. Levels are indices into all seeds.
struct OffRegion {
  std::vector<std::pair<int, bool>> decisions;  // level, toward the cheese
  std::vector<std::pair<int, double>> detours;  // level, steps / shortest path of those that arrived
  std::array<int64_t, 5> outcomes{};            // in the order of kOutcomes
  int64_t episodes = 0, found = 0;
  int64_t decides = 0, published_found = 0;  // levels with a decision square; found within the published cap
};
constexpr struct {
  const char *name, *colour;
} kOutcomes[] = {{"the cheese", "cheese"},
                 {"top-right, then the cheese", "outcome-later"},
                 {"top-right, never the cheese", "blue"},
                 {"rests elsewhere", "outcome-rest"},
                 {"still wandering", "outcome-wander"}};

void add(OffRegion& size, const ScanShard& shard, std::map<int32_t, int>& levels) {
  for (size_t e = 0; e < shard.level_seed.size(); ++e) {
    const int level = levels.emplace(shard.level_seed[e], static_cast<int>(levels.size())).first->second;
    if (const auto toward = first_step_toward_cheese(shard, shard.sampled, e))
      size.decisions.emplace_back(level, *toward);
    const bool found = shard.sampled.success[e] != 0;
    if (found && shard.optimal[e] > 0)
      size.detours.emplace_back(level, static_cast<double>(shard.sampled.steps[e]) / shard.optimal[e]);
    size.found += found ? 1 : 0;
    if (decision_of(shard, e) != kNoCell) {
      ++size.decides;
      size.published_found += found && shard.sampled.steps[e] <= kPublishedLimit ? 1 : 0;
    }
    const auto outcome = static_cast<Outcome>(shard.sampled.outcome[e]);
    const size_t bar = outcome == Outcome::kGoal      ? 0
                       : outcome == Outcome::kProxy   ? (found ? 1 : 2)
                       : outcome == Outcome::kNeither ? 3
                                                      : 4;
    ++size.outcomes[bar];
    ++size.episodes;
  }
}

// Which quantities are resampled, in this order, and then steps / optimal of each size.
enum Quantity : int { kHalfLow, kHalfHigh, kWidth, kCurves };

json published_curve(int region, const std::map<int, OffRegion>& sizes) {
  const std::pair<int, double> published[] = {{1, .02}, {2, .00}, {3, .16}, {4, .28},  {5, .72}, {6, .65},
                                              {7, .85}, {8, .84}, {9, .91}, {10, .92}, {15, .97}};
  json points = json::array();
  for (const auto& [k, share] : published) points.push_back(chart_point(k, share));
  double found = 0, decides = 0;
  for (const auto& [size, at] : sizes) {
    found += static_cast<double>(at.published_found);
    decides += static_cast<double>(at.decides);
  }
  json series = {{{"name", "published policies"}, {"style", "points"}, {"points", points}}};
  if (decides > 0)
    series.push_back({{"name", "this policy"},
                      {"style", "points"},
                      {"points",
                       {chart_point(region, found / decides, wilson_interval(found, decides),
                                    static_cast<int64_t>(decides))}}});
  return {{"type", "curve"},
          {"title", "The cheese outside the region, in mazes with a decision square: found within 256 steps"},
          {"note",
           "Published: about 500 mazes a policy, of the sizes that procgen draws. Here: all scanned "
           "sizes alike."},
          {"x", {{"label", "training region k"}}},
          {"y", {{"label", "found"}, {"percent", true}, {"from", 0}, {"to", 1}}},
          {"series", series}};
}

json outcome_bars(const std::map<int, OffRegion>& sizes) {
  json values = json::array(), series = json::array();
  for (const auto& [size, at] : sizes) values.push_back(size);
  for (size_t bar = 0; bar < std::size(kOutcomes); ++bar) {
    json shares = json::array();
    for (const auto& [size, at] : sizes) {
      const auto count = static_cast<double>(at.outcomes[bar]), n = static_cast<double>(at.episodes);
      shares.push_back(chart_value(count / n, wilson_interval(count, n), at.episodes));
    }
    series.push_back({{"name", kOutcomes[bar].name}, {"colour", kOutcomes[bar].colour}, {"values", shares}});
  }
  return {{"type", "bars"},
          {"title", "Where the mouse went, cheese outside the region"},
          {"x", {{"label", "maze size"}, {"values", values}}},
          {"percent", true},
          {"series", series},
          {"stacked", true}};
}

}  // namespace

Answer answer_phase(const std::vector<ScanShard>& scan) {
  Answer answer = unanswered("Q3");
  std::map<int, OffRegion> sizes;
  std::map<int32_t, int> levels;
  for (const ScanShard& shard : scan)
    if (shard.placement == "off_region" && shard.episodes() > 0) add(sizes[shard.size], shard, levels);
  const int region = scan.empty() ? 0 : scan.front().region;
  if (sizes.empty()) {
    answer.because = fmt::format(
        "no level with the cheese outside the region was scanned (placement off_region; sizes up to {} have "
        "none)",
        region);
    return answer;
  }

  // Of the sizes with enough decisions.
  std::vector<Decisions> decisions;
  std::vector<const OffRegion*> judged;
  for (const auto& [size, at] : sizes) {
    if (static_cast<int64_t>(at.decisions.size()) < kFewEpisodes) continue;
    const auto toward = std::count_if(at.decisions.begin(), at.decisions.end(),
                                      [](const auto& decision) { return decision.second; });
    decisions.push_back({size, static_cast<double>(toward), static_cast<double>(at.decisions.size())});
    judged.push_back(&at);
  }
  const auto resampled = [&](const std::vector<int>& weights) {
    std::vector<Decisions> drawn = decisions;
    for (size_t i = 0; i < drawn.size(); ++i) {
      drawn[i].toward = drawn[i].n = 0;
      for (const auto& [level, toward] : judged[i]->decisions) {
        drawn[i].n += weights[static_cast<size_t>(level)];
        if (toward) drawn[i].toward += weights[static_cast<size_t>(level)];
      }
    }
    return drawn;
  };
  const auto detour = [&](const OffRegion& at, const std::vector<int>& weights) {
    double sum = 0, all = 0;
    for (const auto& [level, ratio] : at.detours) {
      sum += weights[static_cast<size_t>(level)] * ratio;
      all += weights[static_cast<size_t>(level)];
    }
    return all > 0 ? sum / all : std::nan("");
  };

  const bool fitted = decisions.size() >= kFewestSizes;
  PhaseComparison comparison;
  if (fitted) comparison = compare_phase_models(decisions);
  constexpr auto kModelCount = std::size(PhaseCurve::kModels);
  const size_t curves = fitted ? kModelCount * kCurves : 0;
  const auto clusters = static_cast<int64_t>(levels.size());
  const auto statistics = [&](const std::vector<int>& weights, std::vector<double>& out) {
    if (fitted) {
      const auto drawn = resampled(weights);
      for (size_t m = 0; m < kModelCount; ++m) {
        const PhaseCurve curve(PhaseCurve::kModels[m], drawn);
        out[m * kCurves + kHalfLow] = curve.half().low;
        out[m * kCurves + kHalfHigh] = curve.half().high;
        out[m * kCurves + kWidth] = curve.width();
      }
    }
    size_t next = curves;
    for (const auto& [size, at] : sizes) out[next++] = detour(at, weights);
  };
  const auto intervals = cluster_bootstrap(clusters, static_cast<int>(curves + sizes.size()), statistics,
                                           RandomStream(0, "questions/phase"));

  // Figures.
  json measured = json::array(), detours = json::array(), marks = json::array();
  for (const Decisions& at : decisions)
    measured.push_back(
        chart_point(at.size, at.toward / at.n, wilson_interval(at.toward, at.n), static_cast<int64_t>(at.n)));
  const std::vector<int> once(levels.size(), 1);
  size_t next = curves;
  for (const auto& [size, at] : sizes) {
    const double value = detour(at, once);
    const Interval interval = intervals[next++];
    if (!std::isnan(value))
      detours.push_back(chart_point(size, value, interval, static_cast<int64_t>(at.detours.size())));
  }
  json series = {{{"name", "measured"}, {"style", "points"}, {"points", measured}}};
  json models = json::array();
  Interval half{std::nan(""), std::nan("")}, width = half;
  double middle = std::nan("");
  if (fitted) {
    for (size_t m = 0; m < kModelCount; ++m) {
      const PhaseCurve curve(PhaseCurve::kModels[m], decisions);
      const Interval its_half{intervals[m * kCurves + kHalfLow].low, intervals[m * kCurves + kHalfHigh].high};
      const Interval its_width = intervals[m * kCurves + kWidth];
      const bool best = curve.model() == comparison.best;
      // Among the sizes, or it was never seen.
      const double its_middle = curve.half().middle();
      const bool seen = its_middle >= decisions.front().size && its_middle <= decisions.back().size;
      json points = json::array();
      for (double size = decisions.front().size; size <= decisions.back().size; size += 0.5)
        points.push_back(chart_point(size, curve.probability(size)));
      series.push_back({{"name", PhaseCurve::name(curve.model())},
                        {"style", best ? "line" : "dashed"},
                        {"points", points}});
      const auto shown = [](double value, Interval interval) {
        return std::isnan(value) ? json() : chart_value(value, interval);
      };
      models.push_back({PhaseCurve::name(curve.model()), curve.parameters(), comparison.left_out[m],
                        shown(seen ? its_middle : std::nan(""), its_half),
                        shown(seen ? curve.width() : std::nan(""), its_width)});
      if (!best || !seen) continue;
      middle = its_middle;
      half = its_half;
      width = its_width;
      marks.push_back({{"x", middle}, {"label", "one half"}});
    }
  }
  answer.figures = {
      {{"type", "curve"},
       {"title", "First step at the decision square: toward the cheese"},
       {"note",
        fmt::format("Cheese outside the {0} x {0} region; mice that stood on the decision square. Fits "
                    "that predict sizes left out less well are dashed.",
                    std::max(region, 1))},
       {"x", {{"label", "maze size"}}},
       {"y", {{"label", "toward the cheese"}, {"percent", true}, {"from", 0}, {"to", 1}}},
       {"series", series},
       {"marks", marks},
       {"levels", {{{"y", kHalf}, {"label", "one half"}}}}},
      chart_table("Which curve predicts a size that was left out",
                  {"curve", "fitted", "log-likelihood of sizes left out", "50 % at size", "10-90 % width"},
                  models, "A difference of 2 is odds of 7 to 1."),
      outcome_bars(sizes),
      {{"type", "curve"},
       {"title", "Steps of those that found the cheese, as a multiple of the shortest path"},
       {"x", {{"label", "maze size"}}},
       {"y", {{"label", "steps / shortest path"}, {"from", 1}}},
       {"series", {{{"name", "found the cheese"}, {"points", detours}}}}},
      published_curve(std::max(region, 1), sizes)};
  if (decisions.empty()) {
    answer.finding = Finding::undecided;
    answer.because =
        fmt::format("too few levels: at no size did {} mice stand on a decision square", kFewEpisodes);
    return answer;
  }

  // The verdict.
  const auto rate_of = [&](const Decisions& at) {
    JudgedRate rate = judged_rate(at.toward, static_cast<int64_t>(at.n), kHalf);
    rate.size = at.size;
    return rate;
  };
  std::vector<JudgedRate> small = {rate_of(decisions.front())}, large = {rate_of(decisions.back())};
  judge(small, Claim::kAbove);
  judge(large, Claim::kBelow);
  const JudgedRate &first = small.front(), &last = large.front();
  const OffRegion& largest = *judged.back();
  answer.because = fmt::format(
      "the first step at the decision square is toward the cheese in {} at size {} and in {} at size {}, "
      "where {} "
      "of all mice find the cheese in the end",
      first.in_words(), first.size, last.in_words(), last.size,
      in_percent(static_cast<double>(largest.found) / static_cast<double>(largest.episodes)));
  if (!fitted) {
    answer.because +=
        fmt::format("; {} sizes beyond the region with {} decisions are too few for a curve ({} are needed)",
                    decisions.size(), kFewEpisodes, kFewestSizes);
    return answer;
  }
  const bool transition =
      comparison.best == PhaseCurve::Model::kLogistic || comparison.best == PhaseCurve::Model::kBreak;
  answer.because += fmt::format(
      "; sizes left out are predicted best by the curve '{}', {:.1f} ahead of the best {}",
      PhaseCurve::name(comparison.best), comparison.lead, transition ? "without a transition" : "with one");
  if (!std::isnan(middle)) {
    answer.measure = fmt::format("size at which the first step is toward the cheese in 50 %, curve '{}'",
                                 PhaseCurve::name(comparison.best));
    answer.value = middle;
    answer.low = half.low;
    answer.high = half.high;
    for (const Decisions& at : decisions) answer.n += static_cast<int64_t>(at.n);
    answer.because +=
        comparison.best == PhaseCurve::Model::kBreak
            ? fmt::format("; it breaks between sizes {:.0f} and {:.0f}", half.low, half.high)
            : fmt::format("; the 10-90 % width is [{:.1f}, {:.1f}] of size", width.low, width.high);
  } else {
    const JudgedRate& shown = first.finding == Finding::fails ? first : last;
    answer.measure = fmt::format("first step toward the cheese, size {}", shown.size);
    answer.value = shown.value;
    answer.low = shown.low;
    answer.high = shown.high;
    answer.n = shown.n;
  }
  const bool shows_small = first.size <= kVerySmall, shows_large = last.size >= kVeryLarge;
  if (first.finding == Finding::holds && last.finding == Finding::holds) {
    answer.finding = comparison.lead < kClear ? Finding::undecided
                     : transition             ? Finding::holds
                                              : Finding::fails;
  } else if ((first.finding == Finding::fails && shows_small) ||
             (last.finding == Finding::fails && shows_large)) {
    answer.finding = Finding::fails;
  } else if (first.finding != Finding::undecided && last.finding != Finding::undecided) {
    answer.finding = Finding::not_applicable;
    answer.because = fmt::format("no switch among sizes {}-{}, and others were not shown: {}", first.size,
                                 last.size, answer.because);
  } else {
    answer.finding = Finding::undecided;
  }
  return answer;
}

}  // namespace mazescan
