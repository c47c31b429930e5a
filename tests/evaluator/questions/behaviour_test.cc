#include "evaluator/questions/behaviour.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/random.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan::questions {
namespace {

// Returns rows whose choice depends on the second feature only.
std::vector<BehaviourRow> planted_rows(int count) {
  RandomStream stream(5, "behaviour");
  std::vector<BehaviourRow> rows;
  for (int i = 0; i < count; ++i) {
    BehaviourRow row;
    row.level_seed = i / 2;
    for (size_t f = 0; f < behaviour_features().size(); ++f) row.features.push_back(20 * stream.uniform());
    row.toward = stream.uniform() < 1 / (1 + std::exp(0.4 * (row.features[1] - 10)));
    rows.push_back(row);
  }
  return rows;
}

TEST(Behaviour, FindsTheFeatureThatMatters) {
  const BehaviourRegression found = regress_behaviour(planted_rows(4000), {0, 1, 2});
  ASSERT_EQ(found.coefficients.size(), 4U);
  const double truth = -0.4 * 20 / std::sqrt(12);  // per standard deviation of a uniform feature
  EXPECT_LT(found.coefficients[1].low, truth);
  EXPECT_GT(found.coefficients[1].high, truth);
  for (const size_t other : {0, 2}) {
    EXPECT_LT(found.coefficients[other].low, 0);
    EXPECT_GT(found.coefficients[other].high, 0);
  }
  EXPECT_GT(found.low, found.baseline);
  EXPECT_EQ(found.tested, 800);
  EXPECT_EQ(found.fitted, 3200);
}

TEST(Behaviour, TooFewDecisionsAreSaid) {
  const auto figures = behaviour_figures({planted_shard(5, "uniform", planted_rate(3, 10))});
  ASSERT_EQ(figures.size(), 1U);
  EXPECT_NE(figures[0]["note"].get<std::string>().find("Too few"), std::string::npos);
}

// The mouse is at (0, 0) and the cheese at (0, 4) of an open 5 x 5 maze with region 1.
TEST(Behaviour, FeaturesAreDistances) {
  PlantedEpisode episode;
  episode.decision_x = episode.decision_y = 0;
  episode.decision_step = 0;
  episode.path = {0, 5};
  const auto rows = behaviour_rows({planted_shard(5, "uniform", {episode})});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].toward);
  const std::vector<double> expected = {4, 4, 4, 4, 4, std::hypot(4, 4)};
  for (size_t f = 0; f < expected.size(); ++f) EXPECT_NEAR(rows[0].features[f], expected[f], 1e-12) << f;
}

}  // namespace
}  // namespace mazescan::questions
