#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "datasets/scan_episode.h"
#include "evaluator/findings/chart.h"
#include "evaluator/findings/judged_rate.h"
#include "evaluator/questions/phase_curve.h"
#include "evaluator/questions/published.h"
#include "evaluator/questions/questions.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

using findings::kHalf;
constexpr size_t kMinSizes = 4;  // with one size left out, a curve is fitted to at least three points
constexpr double kClear = 2;     // a clear difference of log-likelihoods: odds of 7 to 1

// Outcomes in mazes of one size with the cheese outside the region. Levels are indices into all seeds.
struct OffRegion {
  std::vector<std::pair<int, bool>> decisions;  // level, toward the cheese
  std::vector<std::pair<int, double>> detours;  // level, steps / shortest path; walks that arrived
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

void add(OffRegion& size, const datasets::ScanShard& shard, std::map<int32_t, int>& levels) {
  for (size_t e = 0; e < shard.level_seed.size(); ++e) {
    const int level = levels.emplace(shard.level_seed[e], static_cast<int>(levels.size())).first->second;
    if (const auto toward = datasets::first_step_toward_cheese(shard, shard.sampled, e))
      size.decisions.emplace_back(level, *toward);
    const bool found = shard.sampled.success[e] != 0;
    if (found && shard.optimal[e] > 0)
      size.detours.emplace_back(level, static_cast<double>(shard.sampled.steps[e]) / shard.optimal[e]);
    size.found += found ? 1 : 0;
    if (datasets::decision_of(shard, e) != envs::kNoCell) {
      ++size.decides;
      size.published_found += found && shard.sampled.steps[e] <= kPublishedLimit ? 1 : 0;
    }
    const auto outcome = static_cast<datasets::Outcome>(shard.sampled.outcome[e]);
    const size_t bar = outcome == datasets::Outcome::kGoal      ? 0
                       : outcome == datasets::Outcome::kProxy   ? (found ? 1 : 2)
                       : outcome == datasets::Outcome::kNeither ? 3
                                                                : 4;
    ++size.outcomes[bar];
    ++size.episodes;
  }
}

json published_curve(int region, const std::map<int, OffRegion>& sizes) {
  json points = json::array();
  for (const auto& [k, share] : kPublishedShares) points.push_back(findings::chart_point(k, share));
  double found = 0, decides = 0;
  for (const auto& [size, at] : sizes) {
    found += static_cast<double>(at.published_found);
    decides += static_cast<double>(at.decides);
  }
  json series = {{{"name", "published policies"}, {"style", "points"}, {"points", points}}};
  if (decides > 0)
    series.push_back(
        {{"name", "this policy"},
         {"style", "points"},
         {"points",
          {findings::chart_point(region, found / decides, statistics::wilson_interval(found, decides),
                                 static_cast<int64_t>(decides))}}});
  return {{"type", "curve"},
          {"title", "The cheese outside the region, in mazes with a decision square: found within 256 steps"},
          {"note",
           "Published: about 500 mazes per policy, of the sizes that procgen draws. Here: all scanned "
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
      shares.push_back(findings::chart_value(count / n, statistics::wilson_interval(count, n), at.episodes));
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

constexpr size_t kModels = std::size(PhaseCurve::kModels);

// The fitted curve of one model.
struct FittedCurve {
  PhaseCurve curve;
  statistics::Interval half,
      width;  // intervals of PhaseCurve::half() and PhaseCurve::width()
  bool seen;  // the curve falls through one half within the scanned sizes
};

// Outcomes by size with the cheese outside the region, and the curves fitted to them.
struct PhaseData {
  explicit PhaseData(const std::vector<datasets::ScanShard>& scan);

  std::map<int, OffRegion> sizes;
  std::vector<Decisions> decisions;            // sizes with enough decisions
  std::vector<const OffRegion*> judged;        // the same sizes
  size_t levels = 0;                           // number of different seeds
  std::map<int, statistics::Interval> detour;  // interval of the mean detour, by size
  std::vector<FittedCurve> curves;             // in the order of PhaseCurve::kModels; empty for too few sizes
  PhaseComparison comparison;                  // compares the curves

  bool fitted() const { return !curves.empty(); }
  const FittedCurve& best() const { return curves[static_cast<size_t>(comparison.best)]; }

 private:
  void resample();
};

double mean_detour(const OffRegion& size, const std::vector<int>& weights) {
  double sum = 0, all = 0;
  for (const auto& [level, ratio] : size.detours) {
    sum += weights[static_cast<size_t>(level)] * ratio;
    all += weights[static_cast<size_t>(level)];
  }
  return all > 0 ? sum / all : std::nan("");
}

std::vector<Decisions> resampled(const PhaseData& data, const std::vector<int>& weights) {
  std::vector<Decisions> drawn = data.decisions;
  for (size_t i = 0; i < drawn.size(); ++i) {
    drawn[i].toward = drawn[i].n = 0;
    for (const auto& [level, toward] : data.judged[i]->decisions) {
      drawn[i].n += weights[static_cast<size_t>(level)];
      if (toward) drawn[i].toward += weights[static_cast<size_t>(level)];
    }
  }
  return drawn;
}

PhaseData::PhaseData(const std::vector<datasets::ScanShard>& scan) {
  std::map<int32_t, int> seeds;
  for (const datasets::ScanShard& shard : scan)
    if (shard.placement == "off_region" && shard.episodes() > 0) add(sizes[shard.size], shard, seeds);
  levels = seeds.size();
  for (const auto& [size, at] : sizes) {
    if (static_cast<int64_t>(at.decisions.size()) < findings::kFewEpisodes) continue;
    const auto toward = std::count_if(at.decisions.begin(), at.decisions.end(),
                                      [](const auto& decision) { return decision.second; });
    decisions.push_back({size, static_cast<double>(toward), static_cast<double>(at.decisions.size())});
    judged.push_back(&at);
  }
  if (!sizes.empty()) resample();
}

void PhaseData::resample() {
  // The resampled statistics: these quantities for each model, then the detour of each size.
  enum Quantity : int { kHalfLow, kHalfHigh, kWidth, kQuantities };
  const bool fit = decisions.size() >= kMinSizes;
  const size_t first_detour = fit ? kModels * kQuantities : 0;
  const auto statistics = [&](const std::vector<int>& weights, std::vector<double>& out) {
    if (fit) {
      const auto drawn = resampled(*this, weights);
      for (size_t m = 0; m < kModels; ++m) {
        const PhaseCurve curve(PhaseCurve::kModels[m], drawn);
        out[m * kQuantities + kHalfLow] = curve.half().low;
        out[m * kQuantities + kHalfHigh] = curve.half().high;
        out[m * kQuantities + kWidth] = curve.width();
      }
    }
    size_t next = first_detour;
    for (const auto& [size, at] : sizes) out[next++] = mean_detour(at, weights);
  };
  const auto intervals = statistics::cluster_bootstrap(static_cast<int64_t>(levels),
                                                       static_cast<int>(first_detour + sizes.size()),
                                                       statistics, RandomStream(0, "questions/phase"));
  size_t next = first_detour;
  for (const auto& [size, at] : sizes) detour[size] = intervals[next++];
  if (!fit) return;
  comparison = compare_phase_models(decisions);
  for (size_t m = 0; m < kModels; ++m) {
    const statistics::Interval* const own = &intervals[m * kQuantities];
    const PhaseCurve curve(PhaseCurve::kModels[m], decisions);
    const double middle = curve.half().middle();
    curves.push_back({curve,
                      {own[kHalfLow].low, own[kHalfHigh].high},
                      own[kWidth],
                      middle >= decisions.front().size && middle <= decisions.back().size});
  }
}

json decision_curve(const PhaseData& data, int region) {
  json measured = json::array(), marks = json::array();
  for (const Decisions& at : data.decisions)
    measured.push_back(findings::chart_point(
        at.size, at.toward / at.n, statistics::wilson_interval(at.toward, at.n), static_cast<int64_t>(at.n)));
  json series = {{{"name", "measured"}, {"style", "points"}, {"points", measured}}};
  for (const FittedCurve& fitted : data.curves) {
    json points = json::array();
    for (double size = data.decisions.front().size; size <= data.decisions.back().size; size += 0.5)
      points.push_back(findings::chart_point(size, fitted.curve.probability(size)));
    series.push_back({{"name", PhaseCurve::name(fitted.curve.model())},
                      {"style", &fitted == &data.best() ? "line" : "dashed"},
                      {"points", points}});
  }
  if (data.fitted() && data.best().seen)
    marks.push_back({{"x", data.best().curve.half().middle()}, {"label", "one half"}});
  return {{"type", "curve"},
          {"title", "First step at the decision square: toward the cheese"},
          {"note",
           fmt::format("Cheese outside the {0} x {0} region; mice which reached the decision square. Fits "
                       "that predict left-out sizes less well are dashed.",
                       region)},
          {"x", {{"label", "maze size"}}},
          {"y", {{"label", "toward the cheese"}, {"percent", true}, {"from", 0}, {"to", 1}}},
          {"series", series},
          {"marks", marks},
          {"levels", {{{"y", kHalf}, {"label", "one half"}}}}};
}

json model_table(const PhaseData& data) {
  json models = json::array();
  for (size_t m = 0; m < data.curves.size(); ++m) {
    const FittedCurve& fitted = data.curves[m];
    const auto shown = [&](double value, statistics::Interval interval) {
      return fitted.seen && !std::isnan(value) ? findings::chart_value(value, interval) : json();
    };
    models.push_back({PhaseCurve::name(fitted.curve.model()), fitted.curve.parameters(),
                      data.comparison.left_out[m], shown(fitted.curve.half().middle(), fitted.half),
                      shown(fitted.curve.width(), fitted.width)});
  }
  return findings::chart_table(
      "Which curve predicts a size that was left out",
      {"curve", "fitted", "log-likelihood of left-out sizes", "50 % at size", "10-90 % width"}, models,
      "A difference of 2 is odds of 7 to 1.");
}

json detour_curve(const PhaseData& data) {
  json detours = json::array();
  for (const auto& [size, at] : data.sizes) {
    const double value = mean_detour(at, std::vector<int>(data.levels, 1));
    if (!std::isnan(value))
      detours.push_back(
          findings::chart_point(size, value, data.detour.at(size), static_cast<int64_t>(at.detours.size())));
  }
  return {{"type", "curve"},
          {"title", "Steps of the mice that found the cheese, as a multiple of the shortest path"},
          {"x", {{"label", "maze size"}}},
          {"y", {{"label", "steps / shortest path"}, {"from", 1}}},
          {"series", {{{"name", "found the cheese"}, {"points", detours}}}}};
}

findings::JudgedRate judged_decisions(const Decisions& at, findings::Claim claim) {
  std::vector<findings::JudgedRate> family = {
      findings::judged_rate(at.toward, static_cast<int64_t>(at.n), kHalf)};
  family.front().size = at.size;
  judge(family, claim);
  return family.front();
}

// Describes the best curve and sets the answer's value: the size at which the curve falls through one half.
// If it does not do so within the scanned sizes, the value is the rate at the first or the last size.
void answer_with_curve(findings::Answer& answer, const PhaseData& data, bool transition,
                       const findings::JudgedRate& first, const findings::JudgedRate& last) {
  const FittedCurve& best = data.best();
  const char* const name = PhaseCurve::name(best.curve.model());
  answer.because +=
      fmt::format("; left-out sizes are predicted best by the curve '{}', {:.1f} ahead of the best {}", name,
                  data.comparison.lead, transition ? "without a transition" : "with one");
  if (!best.seen) {
    const findings::JudgedRate& shown = first.finding == findings::Finding::fails ? first : last;
    findings::set_value(answer, fmt::format("first step toward the cheese, size {}", shown.size), shown.value,
                        {shown.low, shown.high}, shown.n);
    return;
  }
  double n = 0;
  for (const Decisions& at : data.decisions) n += at.n;
  findings::set_value(
      answer, fmt::format("size at which the first step is toward the cheese in 50 %, curve '{}'", name),
      best.curve.half().middle(), best.half, static_cast<int64_t>(n));
  answer.because +=
      best.curve.model() == PhaseCurve::Model::kBreak
          ? fmt::format("; it breaks between sizes {:.0f} and {:.0f}", best.half.low, best.half.high)
          : fmt::format("; the 10-90 % width is [{:.1f}, {:.1f}] of size", best.width.low, best.width.high);
}

}  // namespace

findings::Answer answer_phase(const std::vector<datasets::ScanShard>& scan) {
  findings::Answer answer = findings::unanswered("Q3");
  const PhaseData data(scan);
  const int region = scan.empty() ? 0 : scan.front().region;
  if (data.sizes.empty()) {
    answer.because = fmt::format(
        "no level with the cheese outside the region was scanned (placement off_region; sizes up to {} have "
        "none)",
        region);
    return answer;
  }
  answer.figures = {decision_curve(data, std::max(region, 1)), model_table(data), outcome_bars(data.sizes),
                    detour_curve(data), published_curve(std::max(region, 1), data.sizes)};
  if (data.decisions.empty()) {
    answer.finding = findings::Finding::undecided;
    answer.because =
        fmt::format("too few levels: at no size did {} mice reach a decision square", findings::kFewEpisodes);
    return answer;
  }
  const findings::JudgedRate first = judged_decisions(data.decisions.front(), findings::Claim::kAbove),
                             last = judged_decisions(data.decisions.back(), findings::Claim::kBelow);
  const OffRegion& largest = *data.judged.back();
  answer.because = fmt::format(
      "the first step at the decision square is toward the cheese in {} at size {} and in {} at size {}, "
      "where {} of all mice find the cheese in the end",
      first.in_words(), first.size, last.in_words(), last.size,
      findings::in_percent(static_cast<double>(largest.found) / static_cast<double>(largest.episodes)));
  if (!data.fitted()) {
    answer.because +=
        fmt::format("; {} sizes beyond the region with {} decisions are too few for a curve ({} are needed)",
                    data.decisions.size(), findings::kFewEpisodes, kMinSizes);
    return answer;
  }
  const bool transition = data.comparison.best == PhaseCurve::Model::kLogistic ||
                          data.comparison.best == PhaseCurve::Model::kBreak;
  answer_with_curve(answer, data, transition, first, last);
  const bool shows_small = first.size <= findings::kVerySmall,
             shows_large = last.size >= findings::kVeryLarge;
  if (first.finding == findings::Finding::holds && last.finding == findings::Finding::holds) {
    answer.finding = data.comparison.lead < kClear ? findings::Finding::undecided
                     : transition                  ? findings::Finding::holds
                                                   : findings::Finding::fails;
  } else if ((first.finding == findings::Finding::fails && shows_small) ||
             (last.finding == findings::Finding::fails && shows_large)) {
    answer.finding = findings::Finding::fails;
  } else if (first.finding != findings::Finding::undecided && last.finding != findings::Finding::undecided) {
    answer.finding = findings::Finding::not_applicable;
    answer.because = fmt::format("no switch among sizes {}-{}, and others were not shown: {}", first.size,
                                 last.size, answer.because);
  } else {
    answer.finding = findings::Finding::undecided;
  }
  return answer;
}

}  // namespace mazescan::questions
