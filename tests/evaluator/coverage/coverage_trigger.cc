// Q7: radii and slopes.
#include <cmath>
#include <functional>
#include <vector>

#include "evaluator/questions/questions.h"
#include "evaluator/questions/trigger_models.h"
#include "tests/evaluator/coverage/coverage.h"

namespace mazescan {
namespace {

// States of levels whose choices have something in common.
std::vector<TriggerState> trigger_states(
    RandomStream& random, int levels, const std::function<double(const TriggerState&, double)>& probability) {
  std::vector<TriggerState> states;
  for (int32_t seed = 0; seed < levels; ++seed) {
    const double common = 0.5 * normal(random);
    for (int i = 0; i < 20; ++i) {
      TriggerState state;
      state.level_seed = seed;
      state.size = 13;
      state.to_cheese = 1 + static_cast<int>(random.below(25));
      state.to_corner = 1 + static_cast<int>(random.below(25));
      state.favours_cheese = random.uniform() < probability(state, common);
      states.push_back(state);
    }
  }
  return states;
}
ResultShard trigger_shard(const std::vector<TriggerState>& states) {
  ResultShard shard(kTrigger, {13, "uniform", 0}, "");
  std::vector<int32_t> seeds, level, mouse(2 * states.size()), to_cheese, to_corner;
  std::vector<uint8_t> favours;
  for (const TriggerState& state : states) {
    if (seeds.empty() || seeds.back() != state.level_seed) seeds.push_back(state.level_seed);
    level.push_back(static_cast<int32_t>(seeds.size()) - 1);
    to_cheese.push_back(state.to_cheese);
    to_corner.push_back(state.to_corner);
    favours.push_back(state.favours_cheese);
  }
  const auto levels = static_cast<int64_t>(seeds.size());
  shard.set("level/open", std::vector<uint8_t>(seeds.size() * 169, 1),
            {{"level", levels}, {"y", 13}, {"x", 13}});
  shard.set("level/cheese", std::vector<int32_t>(seeds.size() * 2), {{"level", levels}, {"coordinate", 2}});
  shard.set("level/seed", seeds, "level");
  shard.set("state/level", level, "state");
  shard.set("state/mouse", mouse, {{"state", static_cast<int64_t>(states.size())}, {"coordinate", 2}});
  shard.set("state/to_cheese", to_cheese, "state");
  shard.set("state/to_corner", to_corner, "state");
  shard.set("state/favours", favours, "state");
  shard.set("state/difference", std::vector<float>(states.size()), "state");
  return shard;
}
Draw radius_draw(RandomStream& random, double within, double beyond, int levels) {
  Results results;
  results.shards.push_back(
      trigger_shard(trigger_states(random, levels, [&](const TriggerState& state, double common) {
        const double rate = state.to_cheese <= 7 ? within : beyond;
        return logistic(std::log(rate / (1 - rate)) + common);
      })));
  const Answer answer = answer_trigger(results);
  return {{answer.low, answer.high}, 7};
}
// The slope of the marginal model that is fitted, from so many levels that the rest does not matter.
double smooth_probability(const TriggerState& state, double common) {
  return logistic(2.5 - 0.2 * state.to_cheese - 0.05 * state.to_corner + common);
}
Draw slope_draw(RandomStream& random, int levels) {
  static const double truth = [] {
    RandomStream many(8, "coverage/truth");
    return TriggerFitter(trigger_states(many, 20000, smooth_probability))
        .fit(TriggerModel::kSmooth)
        .cheese_slope;
  }();
  const TriggerFitter fitter(trigger_states(random, levels, smooth_probability));
  return {trigger_intervals(fitter, fitter.fit(TriggerModel::kSmooth)).cheese_slope, truth};
}

}  // namespace

std::vector<CoverageRow> trigger_coverage() {
  return {
      {"trigger radius (Q7)", "0.8 against 0.2, 200 levels",
       [](RandomStream& r) { return radius_draw(r, 0.8, 0.2, 200); }},
      {"trigger radius (Q7)", "0.65 against 0.35, 200 levels",
       [](RandomStream& r) { return radius_draw(r, 0.65, 0.35, 200); }},
      {"trigger slope (Q7)", "30 levels", [](RandomStream& r) { return slope_draw(r, 30); }, 2},
      {"trigger slope (Q7)", "100 levels", [](RandomStream& r) { return slope_draw(r, 100); }, 2},
  };
}

}  // namespace mazescan
