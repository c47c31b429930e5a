#include "statistics/scaling_law.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace mazescan::statistics {
namespace {

const ScalingLaw kKnown{0.6, 0.9, std::log(3)};

TEST(ScalingLaw, HasTheKnownAnswers) {
  EXPECT_NEAR(kKnown.beta(), 0.36, 1e-12);
  EXPECT_NEAR(kKnown.size_exponent(), 0.6, 1e-12);
  EXPECT_NEAR(3 * std::exp(kKnown.log_critical_interactions()), 0.15420431, 1e-8);
  EXPECT_NEAR(kKnown.optimal_parameters(1e3), 443.475, 1e-3);
  EXPECT_NEAR(kKnown.optimal_parameters(1e6), 27981.4, 0.1);
  EXPECT_NEAR(std::exp(kKnown.log_performance(10, 100)), 7.39170, 1e-5);
  EXPECT_NEAR(std::exp(kKnown.log_performance(100, 10)), 285.0687, 1e-4);
}

TEST(ScalingLaw, PerformanceOnTheFrontierIsCompute) {
  for (const double compute : {0.1, 1.0, 1e3, 1e6}) {
    const double best = kKnown.optimal_parameters(compute);
    EXPECT_NEAR(kKnown.log_performance(best, kKnown.optimal_interactions(compute)), std::log(compute), 1e-9);
    double largest = -1e9;
    for (double factor = 0.01; factor < 100; factor *= 1.01)
      largest = std::max(largest, kKnown.log_performance(best * factor, compute / (best * factor)));
    EXPECT_NEAR(largest, std::log(compute), 1e-4);
    EXPECT_LE(largest, std::log(compute) + 1e-9);
  }
}

TEST(ScalingLaw, IsMadeFromItsOptimum) {
  const ScalingLaw law = ScalingLaw::with_optimum(0.6, 0.9, std::log(443.475), std::log(1e3));
  EXPECT_NEAR(law.log_critical_parameters, std::log(3), 1e-5);
}

TEST(ScalingLaw, ExtremeExponentsDoNotOverflow) {
  const ScalingLaw steep{20, 0.02, 500};
  EXPECT_TRUE(std::isfinite(steep.log_performance(1e9, 1)));
  EXPECT_TRUE(std::isfinite(steep.log_performance(1, 1e12)));
}

}  // namespace
}  // namespace mazescan::statistics
