#include "statistics/nelder_mead.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mazescan::statistics {
namespace {

TEST(NelderMead, FindsTheMinimumOfACurvedValley) {
  const auto rosenbrock = [](const std::vector<double>& x) {
    return 100 * std::pow(x[1] - x[0] * x[0], 2) + std::pow(1 - x[0], 2);
  };
  const Minimum found = nelder_mead(rosenbrock, {-1.2, 1}, 0.5);
  EXPECT_NEAR(found.at[0], 1, 1e-4);
  EXPECT_NEAR(found.at[1], 1, 1e-4);
  EXPECT_LT(found.value, 1e-8);
}

TEST(NelderMead, FindsAKinkInThreeDimensions) {
  const auto kinked = [](const std::vector<double>& x) {
    return std::abs(x[0] - 3) + 2 * std::abs(x[1] + x[0]) + std::pow(x[2] - 0.5, 2);
  };
  const Minimum found = nelder_mead(kinked, {0, 0, 0}, 1);
  EXPECT_NEAR(found.at[0], 3, 1e-3);
  EXPECT_NEAR(found.at[1], -3, 1e-3);
  EXPECT_NEAR(found.at[2], 0.5, 1e-3);
}

// Neither reflection, at -1, nor contraction, at 0.5, is lower than the corners 0 and 1: the simplex shrinks.
TEST(NelderMead, ShrinksIntoANarrowPit) {
  const auto pit = [](const std::vector<double>& x) {
    if (std::abs(x[0] - 0.25) < 0.1) return -1.0;
    return x[0] == 0 || x[0] == 1 ? x[0] : 2.0;
  };
  EXPECT_EQ(nelder_mead(pit, {0}, 1).value, -1);
}

TEST(NelderMead, EndsAfterItsEvaluations) {
  int evaluations = 0;
  const auto slope = [&](const std::vector<double>& x) {
    ++evaluations;
    return x[0];
  };
  EXPECT_LT(nelder_mead(slope, {0}, 1, 1e-10, 50).value, -1e3);
  EXPECT_GE(evaluations, 50);
  EXPECT_LT(evaluations, 60);
}

}  // namespace
}  // namespace mazescan::statistics
