// Simulates Q7: radii and slopes.
#include <cmath>
#include <functional>
#include <vector>

#include "evaluator/analyses/trigger/schema.h"
#include "evaluator/questions/questions.h"
#include "evaluator/questions/trigger_models.h"
#include "tests/evaluator/coverage/coverage.h"

namespace mazescan {
namespace {

// Draws states; choices in one level share a random effect.
std::vector<questions::TriggerState> trigger_states(
    RandomStream& random, int levels,
    const std::function<double(const questions::TriggerState&, double)>& probability) {
  std::vector<questions::TriggerState> states;
  for (int32_t seed = 0; seed < levels; ++seed) {
    const double common = 0.5 * normal(random);
    for (int i = 0; i < 20; ++i) {
      questions::TriggerState state;
      state.level_seed = seed;
      state.size = 13;
      state.to_cheese = 1 + static_cast<int>(random.below(25));
      state.to_corner = 1 + static_cast<int>(random.below(25));
      state.flips = random.uniform() < probability(state, common);
      states.push_back(state);
    }
  }
  return states;
}
datasets::ResultShard trigger_shard(const std::vector<questions::TriggerState>& states) {
  trigger::TriggerResult result;
  for (const questions::TriggerState& state : states) {
    if (result.levels.empty() || result.levels.back().seed != state.level_seed) {
      result.levels.emplace_back();
      result.levels.back().seed = state.level_seed;
      result.levels.back().open.assign(13 * 13, 1);
    }
    trigger::ChoiceRow row;
    row.level = static_cast<int32_t>(result.levels.size()) - 1;
    row.mouse = envs::kStart;
    row.to_cheese = state.to_cheese;
    row.to_corner = state.to_corner;
    row.favours = state.flips;
    row.cheese_step = state.flips ? 0.9F : 0.1F;
    row.cheese_step_without = 0.1F;
    result.states.push_back(row);
  }
  return datasets::result_shard(datasets::kTrigger, {13, "uniform", 0}, "", result);
}
Draw radius_draw(RandomStream& random, double within, double beyond, int levels) {
  datasets::Results results;
  results.shards.push_back(
      trigger_shard(trigger_states(random, levels, [&](const questions::TriggerState& state, double common) {
        const double rate = state.to_cheese <= 7 ? within : beyond;
        return logistic(std::log(rate / (1 - rate)) + common);
      })));
  const findings::Answer answer = questions::answer_trigger(results);
  return {{answer.low, answer.high}, 7};
}
// The true slope is that of the fitted marginal model, estimated from so many levels that its error is
// negligible.
double smooth_probability(const questions::TriggerState& state, double common) {
  return logistic(2.5 - 0.2 * state.to_cheese - 0.05 * state.to_corner + common);
}
Draw slope_draw(RandomStream& random, int levels) {
  static const double truth = [] {
    RandomStream many(8, "coverage/truth");
    return questions::TriggerFitter(trigger_states(many, 20000, smooth_probability))
        .fit(questions::TriggerModel::kSmooth)
        .cheese_slope;
  }();
  const questions::TriggerFitter fitter(trigger_states(random, levels, smooth_probability));
  return {questions::trigger_intervals(fitter, fitter.fit(questions::TriggerModel::kSmooth)).cheese_slope,
          truth};
}

}  // namespace

std::vector<CoverageRow> trigger_coverage() {
  return {
      {"trigger radius (Q7)", "0.8 against 0.2, 200 levels",
       [](RandomStream& r) { return radius_draw(r, 0.8, 0.2, 200); }},
      {"trigger radius (Q7)", "0.65 against 0.2, 200 levels",
       [](RandomStream& r) { return radius_draw(r, 0.65, 0.2, 200); }},
      {"trigger slope (Q7)", "30 levels", [](RandomStream& r) { return slope_draw(r, 30); }, 2},
      {"trigger slope (Q7)", "100 levels", [](RandomStream& r) { return slope_draw(r, 100); }, 2},
  };
}

}  // namespace mazescan
