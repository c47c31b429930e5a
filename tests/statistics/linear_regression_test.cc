#include "statistics/linear_regression.h"

#include <gtest/gtest.h>

namespace mazescan::statistics {
namespace {

TEST(LinearRegression, FindsThePlaneOfItsPoints) {
  const auto fitted = linear_regression({{0, 0}, {1, 0}, {0, 1}, {1, 1}, {2, 1}}, {1, 3, 0.5, 2.5, 4.5});
  ASSERT_EQ(fitted.size(), 2U);
  EXPECT_NEAR(fitted[0].value, 2, 1e-12);
  EXPECT_NEAR(fitted[1].value, -0.5, 1e-12);
  EXPECT_NEAR(fitted[0].interval.high - fitted[0].interval.low, 0, 1e-9);
}

// x = 0, 1, 2, 3 and y = 0, 1, 1, 2: slope 0.6, residual variance 0.1, standard error sqrt(0.1 / 5), t(2) 4.3027.
TEST(LinearRegression, HasStudentsInterval) {
  const auto fitted = linear_regression({{0}, {1}, {2}, {3}}, {0, 1, 1, 2});
  ASSERT_EQ(fitted.size(), 1U);
  EXPECT_NEAR(fitted[0].value, 0.6, 1e-12);
  EXPECT_NEAR(fitted[0].interval.low, 0.6 - 4.30265 * 0.141421, 1e-4);
  EXPECT_NEAR(fitted[0].interval.high, 0.6 + 4.30265 * 0.141421, 1e-4);
}

TEST(LinearRegression, HasNoAnswerIfTheFeaturesDoNotDetermineIt) {
  EXPECT_TRUE(linear_regression({{0}, {1}}, {0, 1}).empty()) << "as many coefficients as rows";
  EXPECT_TRUE(linear_regression({{0, 0}, {1, 2}, {2, 4}, {3, 6}}, {0, 1, 2, 3}).empty()) << "collinear";
}

}  // namespace
}  // namespace mazescan::statistics
