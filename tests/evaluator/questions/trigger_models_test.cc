#include "evaluator/questions/trigger_models.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/random.h"

namespace mazescan::questions {
namespace {

// Draws states of many levels at random distances, which choose the cheese with this probability.
std::vector<TriggerState> states_of(const std::function<double(const TriggerState&)>& probability) {
  RandomStream stream(3, "states");
  std::vector<TriggerState> states;
  for (int level = 0; level < 100; ++level)
    for (int i = 0; i < 30; ++i) {
      TriggerState state;
      state.level_seed = level;
      state.size = level % 2 ? 9 : 13;
      state.to_cheese = 1 + static_cast<int>(stream.below(20));
      state.to_corner = 1 + static_cast<int>(stream.below(20));
      state.flips = stream.uniform() < probability(state);
      states.push_back(state);
    }
  return states;
}

TEST(TriggerFitter, FindsPlantedRadii) {
  const TriggerFitter cheese(states_of([](const TriggerState& s) { return s.to_cheese <= 6 ? 0.9 : 0.1; }));
  EXPECT_EQ(cheese.fit(TriggerModel::kNearCheese).cheese_radius, 6);
  EXPECT_NEAR(cheese.fit(TriggerModel::kNearCheese).rates.at(9).first, 0.9, 0.05);
  EXPECT_NEAR(cheese.fit(TriggerModel::kNearCheese).rates.at(13).second, 0.1, 0.05);
  const TriggerFitter corner(states_of([](const TriggerState& s) { return s.to_corner <= 4 ? 0.9 : 0.1; }));
  EXPECT_EQ(corner.fit(TriggerModel::kNearCorner).corner_radius, 4);
  const TriggerFitter either(
      states_of([](const TriggerState& s) { return s.to_corner <= 4 || s.to_cheese <= 8 ? 1 : 0; }));
  const FittedTrigger both = either.fit(TriggerModel::kEither);
  EXPECT_EQ(both.cheese_radius, 8);
  EXPECT_EQ(both.corner_radius, 4);
}

TEST(TriggerFitter, RatesAreOfEachSize) {  // the policy depends on the size only
  const auto states = states_of([](const TriggerState& s) { return s.size == 9 ? 0.9 : 0.2; });
  const FittedTrigger constant = TriggerFitter(states).fit(TriggerModel::kConstant);
  EXPECT_NEAR(constant.probability({0, 9, 5, 5, false}), 0.9, 0.03);
  EXPECT_NEAR(constant.probability({0, 13, 5, 5, false}), 0.2, 0.03);
}

// A radius within which the corner is favoured does not count as a trigger radius.
TEST(TriggerFitter, NearMeansRatherTheCheese) {
  const TriggerFitter fitter(states_of([](const TriggerState& s) { return s.to_cheese <= 6 ? 0.1 : 0.9; }));
  const FittedTrigger fit = fitter.fit(TriggerModel::kNearCheese);
  EXPECT_NE(fit.cheese_radius, 6);
}

TEST(TriggerFitter, FindsPlantedSlopes) {
  const TriggerFitter fitter(states_of([](const TriggerState& s) {
    return 1 / (1 + std::exp(-(3.0 - 0.2 * s.to_cheese - 0.1 * s.to_corner)));
  }));
  const FittedTrigger fit = fitter.fit(TriggerModel::kSmooth);
  EXPECT_NEAR(fit.cheese_slope, -0.2, 0.03);
  EXPECT_NEAR(fit.corner_slope, -0.1, 0.03);
  EXPECT_NEAR(fit.intercepts.at(13), 3.0, 0.4);
}

// Percentiles of refits would be centred on the mean of the refits, which is larger.
TEST(TriggerIntervals, OfSlopesLieAroundTheSlopeAndOfRadiiHoldTheRadius) {
  const TriggerFitter smooth(
      states_of([](const TriggerState& s) { return 1 / (1 + std::exp(-(3.0 - 0.2 * s.to_cheese))); }));
  const FittedTrigger fit = smooth.fit(TriggerModel::kSmooth);
  const TriggerIntervals slopes = trigger_intervals(smooth, fit);
  EXPECT_NEAR((slopes.cheese_slope.low + slopes.cheese_slope.high) / 2, fit.cheese_slope, 1e-12);
  EXPECT_NEAR((slopes.corner_slope.low + slopes.corner_slope.high) / 2, fit.corner_slope, 1e-12);
  EXPECT_LT(slopes.cheese_slope.low, -0.2);
  EXPECT_GT(slopes.cheese_slope.high, -0.2);
  EXPECT_LT(slopes.cheese_slope.high - slopes.cheese_slope.low, 0.1);
  const TriggerFitter near(states_of([](const TriggerState& s) { return s.to_cheese <= 6 ? 0.9 : 0.1; }));
  const TriggerIntervals radii = trigger_intervals(near, near.fit(TriggerModel::kNearCheese));
  EXPECT_EQ(radii.cheese_radius.low, 6);
  EXPECT_EQ(radii.cheese_radius.high, 6);
}

TEST(TriggerFitter, WeightsLeaveLevelsOut) {
  auto states = states_of([](const TriggerState& s) { return s.to_cheese <= 6 ? 1 : 0; });
  std::vector<int> weights(100, 1);
  for (TriggerState& state : states)
    if (state.level_seed >= 50) {
      state.flips = state.to_cheese <= 12;
      weights[static_cast<size_t>(state.level_seed)] = 0;
    }
  EXPECT_EQ(TriggerFitter(states).fit(TriggerModel::kNearCheese, weights).cheese_radius, 6);
}

}  // namespace
}  // namespace mazescan::questions
