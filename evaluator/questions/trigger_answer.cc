#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/error.h"
#include "evaluator/findings/chart.h"
#include "evaluator/findings/judged_rate.h"
#include "evaluator/questions/questions.h"
#include "evaluator/questions/trigger_figures.h"
#include "evaluator/questions/trigger_models.h"
#include "evaluator/questions/trigger_results.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

constexpr double kStrongRatio = 2;  // flips must be so many times as frequent within as beyond
constexpr double kMatters = 0.01;   // nats per state
constexpr size_t kTriggerModelCount = std::size(kTriggerModels);

// Held-out log-losses in nats per state.
struct Comparison {
  std::vector<FittedTrigger> fits;  // in the order of kTriggerModels
  std::vector<double> loss;
  std::vector<statistics::Interval> saved;  // loss of kConstant minus the model's; simultaneous 95 %
  TriggerModel best = TriggerModel::kConstant;
  int64_t levels = 0;  // scored levels
};

Comparison compare(const TriggerFitter& fitter, const std::vector<TriggerState>& scored) {
  Comparison comparison;
  const TriggerFitter index(scored);  // used only for its index of levels
  comparison.levels = index.levels();
  std::vector<std::vector<double>> sums(kTriggerModelCount,
                                        std::vector<double>(static_cast<size_t>(index.levels())));
  std::vector<double> counts(static_cast<size_t>(index.levels()));
  for (const TriggerModel model : kTriggerModels) {
    comparison.fits.push_back(fitter.fit(model));
    auto& own = sums[static_cast<size_t>(model)];
    for (size_t s = 0; s < scored.size(); ++s) {
      const double p = std::clamp(comparison.fits.back().probability(scored[s]), 1e-6, 1 - 1e-6);
      own[static_cast<size_t>(index.level()[s])] -= std::log(scored[s].flips ? p : 1 - p);
    }
    comparison.loss.push_back(std::accumulate(own.begin(), own.end(), 0.0) /
                              static_cast<double>(scored.size()));
  }
  for (const int level : index.level()) ++counts[static_cast<size_t>(level)];
  const auto lowest = std::min_element(comparison.loss.begin() + 1, comparison.loss.end());
  const auto best = static_cast<size_t>(lowest - comparison.loss.begin());

  // Computes for each model the loss saved against kConstant, and the excess loss over the best model.
  const auto statistics = [&](const std::vector<int>& weights, std::vector<double>& out) {
    std::vector<double> loss(kTriggerModelCount);
    double all = 0;
    for (size_t l = 0; l < counts.size(); ++l) {
      all += weights[l] * counts[l];
      for (size_t m = 0; m < kTriggerModelCount; ++m) loss[m] += weights[l] * sums[m][l];
    }
    for (size_t m = 0; m < kTriggerModelCount; ++m) {
      out[m] = (loss[0] - loss[m]) / all;
      out[kTriggerModelCount + m] = (loss[m] - loss[best]) / all;
    }
  };
  const auto samples = statistics::bootstrap_samples(index.levels(), 2 * kTriggerModelCount, statistics,
                                                     RandomStream(0, "questions/trigger"));
  const double together =
      1 - (1 - statistics::kConfidence) / (kTriggerModelCount - 1);  // Bonferroni over the models
  for (size_t m = 0; m < kTriggerModelCount; ++m)
    comparison.saved.push_back(statistics::percentile_interval(samples[m], together));
  comparison.best = kTriggerModels[best];
  // A model with one radius is preferred to a more complicated one that is not clearly better.
  double simple_loss = std::numeric_limits<double>::infinity();
  for (const TriggerModel simple : {TriggerModel::kNearCheese, TriggerModel::kNearCorner}) {
    const auto m = static_cast<size_t>(simple);
    if (statistics::percentile_interval(samples[kTriggerModelCount + m]).low > 1e-6 ||
        comparison.loss[m] >= simple_loss)
      continue;
    simple_loss = comparison.loss[m];
    comparison.best = simple;
  }
  return comparison;
}

std::string in_words(const FittedTrigger& fit) {
  switch (fit.model) {
    case TriggerModel::kNearCheese:
    case TriggerModel::kNearCorner:
    case TriggerModel::kEither: {
      if (fit.cheese_radius == kNoRadius && fit.corner_radius == kNoRadius) return "no radius";
      std::string text = "within ";
      if (fit.cheese_radius != kNoRadius) text += fmt::format("{} steps of the cheese", fit.cheese_radius);
      if (fit.cheese_radius != kNoRadius && fit.corner_radius != kNoRadius) text += " or ";
      if (fit.corner_radius != kNoRadius) text += fmt::format("{} steps of the corner", fit.corner_radius);
      return text;
    }
    case TriggerModel::kSmooth:
      return fmt::format("log odds {:+.3f} per step from the cheese, {:+.3f} per step from the corner",
                         fit.cheese_slope, fit.corner_slope);
    case TriggerModel::kConstant:
      break;
  }
  return "a rate for each size";
}

json model_table(const Comparison& comparison, int64_t scored) {
  json lines = json::array();
  for (size_t m = 0; m < kTriggerModelCount; ++m) {
    const TriggerModel model = kTriggerModels[m];
    json line = {trigger_model_name(model) + std::string(model == comparison.best ? " (best)" : ""),
                 in_words(comparison.fits[m]), comparison.loss[m]};
    line.push_back(
        m == 0 ? json()
               : findings::chart_value(comparison.loss[0] - comparison.loss[m], comparison.saved[m], scored));
    lines.push_back(line);
  }
  return findings::chart_table(
      "What predicts that the cheese flips the choice, on levels that were not fitted",
      {"model", "fitted", "log-loss, nats a state", "saved of the constant's"}, lines,
      "Every model has its own rates for each size. Intervals are simultaneous (95 %).");
}

bool is_within(const FittedTrigger& fit, const TriggerState& state) {
  if (fit.model == TriggerModel::kSmooth) return fit.probability(state) > findings::kHalf;
  return state.to_cheese <= fit.cheese_radius || state.to_corner <= fit.corner_radius;
}

// How much more often choices flip where the model expects it: within its radius, or where its probability is
// above one half.
struct FlipRates {
  double within = 0, ratio = 0;
  statistics::Interval within_interval, ratio_interval;
};

// Compares the rates of flips on scored levels. The ratio is that of Mantel and Haenszel over sizes, because
// a policy that changes with size alone has no trigger; half a flip is added, so that it is finite.
// Source: Mantel and Haenszel, "Statistical aspects of the analysis of data from retrospective studies",
// 1959, for rates as in Rothman, "Modern epidemiology", 1986.
FlipRates flip_rates(const FittedTrigger& fit, const std::vector<TriggerState>& scored) {
  struct Counts {
    double in = 0, in_flips = 0, out = 0, out_flips = 0;
  };
  const TriggerFitter index(scored);         // used only for its index of levels
  std::map<int, std::vector<Counts>> sizes;  // by level
  for (size_t s = 0; s < scored.size(); ++s) {
    const TriggerState& state = scored[s];
    auto& levels = sizes[state.size];
    levels.resize(static_cast<size_t>(index.levels()));
    Counts& counts = levels[static_cast<size_t>(index.level()[s])];
    (is_within(fit, state) ? counts.in : counts.out) += 1;
    if (state.flips) (is_within(fit, state) ? counts.in_flips : counts.out_flips) += 1;
  }
  const auto statistics = [&](const std::vector<int>& weights, std::vector<double>& out) {
    double within = 0, flips = 0, expected = 0.5, baseline = 0.5;
    for (const auto& [size, levels] : sizes) {
      Counts sum;
      for (size_t l = 0; l < levels.size(); ++l) {
        sum.in += weights[l] * levels[l].in;
        sum.in_flips += weights[l] * levels[l].in_flips;
        sum.out += weights[l] * levels[l].out;
        sum.out_flips += weights[l] * levels[l].out_flips;
      }
      within += sum.in;
      flips += sum.in_flips;
      const double all = sum.in + sum.out;
      if (all == 0) continue;
      expected += sum.in_flips * sum.out / all;
      baseline += sum.out_flips * sum.in / all;
    }
    out = {within > 0 ? flips / within : std::nan(""), expected / baseline};
  };
  std::vector<double> value(2);
  statistics(std::vector<int>(static_cast<size_t>(index.levels()), 1), value);
  const auto samples = statistics::bootstrap_samples(index.levels(), 2, statistics,
                                                     RandomStream(0, "questions/trigger/rates"));
  return {value[0], value[1], statistics::percentile_interval(samples[0]),
          statistics::percentile_interval(samples[1])};
}

// Describes the edit along the predicting direction, at its smallest and its largest coefficient.
std::string in_words(const DirectionEdits& edited) {
  if (edited.along.empty()) return "";
  const auto [low, high] = std::minmax_element(edited.coefficients.begin(), edited.coefficients.end());
  const auto at = [&](auto coefficient) {
    return static_cast<size_t>(coefficient - edited.coefficients.begin());
  };
  return fmt::format(
      "; edited along the predicting direction by {:g} and {:g} it favours the cheese in {} and {} (a random "
      "direction: {} and {})",
      *low, *high, findings::in_percent(edited.along[at(low)]), findings::in_percent(edited.along[at(high)]),
      findings::in_percent(edited.random[at(low)]), findings::in_percent(edited.random[at(high)]));
}

// Returns the finding if distances decide. A radius implies that nearness turns the mouse to the cheese; for
// slopes, the sign decides.
findings::Finding nearness(TriggerModel best, const TriggerIntervals& intervals) {
  if (best != TriggerModel::kSmooth) return findings::Finding::holds;
  if (std::min(intervals.cheese_slope.high, intervals.corner_slope.high) < 0) return findings::Finding::holds;
  const double flattest = std::min(intervals.cheese_slope.low, intervals.corner_slope.low);
  return flattest >= 0 ? findings::Finding::fails : findings::Finding::undecided;
}

// Judges a model that predicts flips. Holds if flips within are more than twice as frequent as beyond, and
// more than half of the choices; a weaker effect fails and is called weak. Radii and slopes are shown only if
// it holds.
void judge_trigger(findings::Answer& answer, const FittedTrigger& fit, const TriggerIntervals& intervals,
                   const FlipRates& rates, int64_t fitted) {
  answer.finding = nearness(fit.model, intervals);
  if (answer.finding != findings::Finding::holds) {
    answer.because += "; nearness is not what turns it to the cheese";
    return;
  }
  if (std::isnan(rates.within)) {
    answer.finding = findings::Finding::fails;
    answer.because += "; nowhere is a flip more probable than not: a weak trigger";
    return;
  }
  answer.because += fmt::format(
      "; where the model expects it, the choice flips in {}, {:.1f} times [{:.1f}, {:.1f}] as often as elsewhere",
      findings::in_percent(rates.within, rates.within_interval), rates.ratio, rates.ratio_interval.low,
      rates.ratio_interval.high);
  if (rates.ratio_interval.high < kStrongRatio || rates.within_interval.high < findings::kHalf) {
    answer.finding = findings::Finding::fails;
    answer.because += ": a weak trigger";
    return;
  }
  if (rates.ratio_interval.low <= kStrongRatio || rates.within_interval.low <= findings::kHalf) {
    answer.finding = findings::Finding::undecided;
    return;
  }
  answer.because += fmt::format("; fitted: {}", in_words(fit));
  if (fit.model == TriggerModel::kNearCheese)
    findings::set_value(answer, "radius around the cheese, steps", fit.cheese_radius, intervals.cheese_radius,
                        fitted);
  if (fit.model == TriggerModel::kNearCorner)
    findings::set_value(answer, "radius around the corner, steps", fit.corner_radius, intervals.corner_radius,
                        fitted);
  if (fit.model == TriggerModel::kEither)
    answer.because +=
        fmt::format("; radii [{:.0f}, {:.0f}] and [{:.0f}, {:.0f}]", intervals.cheese_radius.low,
                    intervals.cheese_radius.high, intervals.corner_radius.low, intervals.corner_radius.high);
  if (fit.model == TriggerModel::kSmooth)
    answer.because +=
        fmt::format("; slopes [{:.3f}, {:.3f}] and [{:.3f}, {:.3f}]", intervals.cheese_slope.low,
                    intervals.cheese_slope.high, intervals.corner_slope.low, intervals.corner_slope.high);
}

}  // namespace

findings::Answer answer_trigger(const datasets::Results& trigger) {
  findings::Answer answer = findings::unanswered("Q7");
  const SeenStates seen = states_of(trigger);
  if (seen.fitted.empty() || seen.scored.empty()) {
    answer.finding = findings::Finding::undecided;
    answer.because = "too few levels: some are needed to fit and others to score";
    return answer;
  }
  const TriggerFitter fitter(seen.fitted);
  const Comparison comparison = compare(fitter, seen.scored);
  const auto best = static_cast<size_t>(comparison.best);
  const FittedTrigger& fit = comparison.fits[best];
  const TriggerIntervals intervals = trigger_intervals(fitter, fit);
  const statistics::Interval saved = comparison.saved[best];
  const double value = comparison.loss[0] - comparison.loss[best];
  const DirectionEdits edited = edits_of(trigger);
  answer.figures.push_back(model_table(comparison, static_cast<int64_t>(seen.scored.size())));
  for (json& figure : trigger_figures(trigger, seen, edited)) answer.figures.push_back(std::move(figure));

  answer.percent = false;
  findings::set_value(answer, "log-loss of flips saved by the best model, nats per state", value, saved,
                      static_cast<int64_t>(seen.scored.size()));
  const auto share = [&](auto begin, auto end) {
    return findings::in_percent(static_cast<double>(std::count(begin, end, 1)) /
                                static_cast<double>(seen.all.size()));
  };
  const auto flipped =
      std::count_if(seen.all.begin(), seen.all.end(), [](const TriggerState& state) { return state.flips; });
  answer.because = fmt::format(
      "where paths part, the step to the cheese is favoured in {} of {} states, and the same step without the cheese "
      "in {}; the cheese flips the choice in {}. The best model of flips, '{}', saves {:.3f} [{:.3f}, {:.3f}] of "
      "{:.3f} nats per state on other levels",
      share(seen.favours.begin(), seen.favours.end()), seen.all.size(),
      share(seen.favours_without.begin(), seen.favours_without.end()),
      findings::in_percent(static_cast<double>(flipped) / static_cast<double>(seen.all.size())),
      trigger_model_name(comparison.best), value, saved.low, saved.high, comparison.loss[0]);
  answer.because += in_words(edited);
  if (std::min(comparison.levels, fitter.levels()) < findings::kFewEpisodes) {
    answer.finding = findings::Finding::undecided;
    answer.because += fmt::format("; too few levels for a verdict: {} to fit and {} to score are needed",
                                  findings::kFewEpisodes, findings::kFewEpisodes);
  } else if (saved.high < kMatters) {
    answer.finding = findings::Finding::fails;
    answer.because += "; nothing turns it";
  } else if (saved.low <= 0) {
    answer.finding = findings::Finding::undecided;
  } else {
    judge_trigger(answer, fit, intervals, flip_rates(fit, seen.scored),
                  static_cast<int64_t>(seen.fitted.size()));
  }
  return answer;
}

}  // namespace mazescan::questions
