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

constexpr double kMatters = 0.01;  // nats per state; also the minimum share of states on a side of a switch
constexpr size_t kTriggerModelCount = std::size(kTriggerModels);

// Held-out log-losses in nats per state.
struct Comparison {
  std::vector<FittedTrigger> fits;  // in the order of kTriggerModels
  std::vector<double> loss;
  std::vector<statistics::Interval> saved;  // loss of kConstant minus the model's; simultaneous 95 %
  TriggerModel best = TriggerModel::kConstant;
  int64_t levels = 0;   // scored levels
  double switched = 0;  // share of scored states on the rarer side of the best model, by size
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
      own[static_cast<size_t>(index.level()[s])] -= std::log(scored[s].favours_cheese ? p : 1 - p);
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
  const FittedTrigger& chosen = comparison.fits[static_cast<size_t>(comparison.best)];
  std::map<int, std::pair<int64_t, int64_t>> sides;  // by size: states predicted for the cheese, the corner
  for (const TriggerState& state : scored) {
    auto& [cheese, corner] = sides[state.size];
    ++(chosen.probability(state) > 0.5 ? cheese : corner);
  }
  for (const auto& [size, side] : sides)
    comparison.switched +=
        static_cast<double>(std::min(side.first, side.second)) / static_cast<double>(scored.size());
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
      "What predicts the choice between cheese and corner, on levels that were not fitted",
      {"model", "fitted", "log-loss, nats a state", "saved of the constant's"}, lines,
      "Every model has its own rates for each size. Intervals are simultaneous (95 %).");
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

  const auto fitted = static_cast<int64_t>(seen.fitted.size()),
             scored = static_cast<int64_t>(seen.scored.size());
  answer.percent = false;
  if (comparison.best == TriggerModel::kNearCheese) {
    findings::set_value(answer, "radius around the cheese, steps", fit.cheese_radius, intervals.cheese_radius,
                        fitted);
  } else if (comparison.best == TriggerModel::kNearCorner) {
    findings::set_value(answer, "radius around the corner, steps", fit.corner_radius, intervals.corner_radius,
                        fitted);
  } else {
    findings::set_value(answer, "log-loss saved by the best model, nats per state", value, saved, scored);
  }
  const auto favoured = std::count_if(seen.all.begin(), seen.all.end(),
                                      [](const TriggerState& state) { return state.favours_cheese; });
  answer.because = fmt::format(
      "where paths part, the mouse favours the cheese in {} of {} states; the best model, '{}' ({}), saves "
      "{:.3f} [{:.3f}, {:.3f}] of {:.3f} nats per state on other levels",
      findings::in_percent(static_cast<double>(favoured) / static_cast<double>(seen.all.size())),
      seen.all.size(), trigger_model_name(comparison.best), in_words(fit), value, saved.low, saved.high,
      comparison.loss[0]);
  if (comparison.best == TriggerModel::kEither)
    answer.because +=
        fmt::format("; radii [{:.0f}, {:.0f}] and [{:.0f}, {:.0f}]", intervals.cheese_radius.low,
                    intervals.cheese_radius.high, intervals.corner_radius.low, intervals.corner_radius.high);
  if (comparison.best == TriggerModel::kSmooth)
    answer.because +=
        fmt::format("; slopes [{:.3f}, {:.3f}] and [{:.3f}, {:.3f}]", intervals.cheese_slope.low,
                    intervals.cheese_slope.high, intervals.corner_slope.low, intervals.corner_slope.high);
  const bool switches = comparison.switched >= kMatters;
  if (!switches) answer.because += "; the favourite never changes";
  answer.because += in_words(edited);
  if (std::min(comparison.levels, fitter.levels()) < findings::kFewEpisodes) {
    answer.finding = findings::Finding::undecided;
    answer.because += fmt::format("; too few levels for a verdict: {} to fit and {} to score are needed",
                                  findings::kFewEpisodes, findings::kFewEpisodes);
  } else if (!switches || saved.high < kMatters) {
    answer.finding = findings::Finding::fails;
  } else if (saved.low > 0) {
    answer.finding = nearness(comparison.best, intervals);
    if (answer.finding != findings::Finding::holds)
      answer.because += "; nearness is not what turns it to the cheese";
  } else {
    answer.finding = findings::Finding::undecided;
  }
  return answer;
}

}  // namespace mazescan::questions
