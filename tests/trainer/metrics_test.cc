#include "trainer/metrics.h"

#include <gtest/gtest.h>

#include "tests/trainer/sample_metrics.h"

namespace mazescan::trainer {
namespace {

TEST(Metrics, ALineHasEveryField) {
  const nlohmann::json expected = {{"update", 4},
                                   {"steps", 400},
                                   {"seconds", 12.5},
                                   {"processor_seconds", 20.0},
                                   {"steps_per_second", 50.0},
                                   {"network_share", 0.25},
                                   {"success", {{"3", 0.75}, {"5", 0.0}}},
                                   {"episodes", {{"3", 4}, {"5", 2}}},
                                   {"steps_over_optimal", {{"3", 1.5}}},
                                   {"largest_size", 7},
                                   {"loss", {{"policy_loss", 0.1}, {"entropy", 1.5}}},
                                   {"loss_coefficient", {{"policy_loss", 1.0}, {"entropy", -0.02}}},
                                   {"kl", 0.01},
                                   {"clip_fraction", 0.25},
                                   {"distinct_share", 0.5},
                                   {"evaluated_share", 0.75},
                                   {"explained_variance", 0.9},
                                   {"gradient_norm", 0.75},
                                   {"learning_rate", 5e-4},
                                   {"mean_reward", 0.05}};
  EXPECT_EQ(sample_metrics(4).line(12.5, 20), expected);

  UpdateMetrics without_values = sample_metrics(4);
  without_values.loss_coefficients["value_loss"] = 0;
  EXPECT_EQ(without_values.line(1, 1).count("explained_variance"), 0U) << "nobody trains the values";
}

}  // namespace
}  // namespace mazescan::trainer
