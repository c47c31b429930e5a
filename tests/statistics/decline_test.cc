#include "statistics/decline.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mazescan::statistics {
namespace {

TEST(Decline, PoolsWhatRises) {
  EXPECT_EQ(nonincreasing_fit({0.9, 0.5, 0.1}, {1, 1, 1}), (std::vector<double>{0.9, 0.5, 0.1}));
  const auto fitted = nonincreasing_fit({0.9, 0.2, 0.6, 0.1}, {1, 3, 1, 1});
  const double pooled = (3 * 0.2 + 0.6) / 4;
  EXPECT_DOUBLE_EQ(fitted[1], pooled);
  EXPECT_DOUBLE_EQ(fitted[2], pooled);
  EXPECT_EQ(nonincreasing_fit({0, 1}, {1, 1}), (std::vector<double>{0.5, 0.5}));
  // A late rise is pooled with all that it exceeds.
  EXPECT_EQ(nonincreasing_fit({0.4, 0.3, 0.8}, {1, 1, 1}), (std::vector<double>{0.5, 0.5, 0.5}));
}

TEST(Decline, MeasuresALine) {
  const Decline line = measure_decline({2, 4, 8, 12}, {1, 0.8, 0.4, 0});
  EXPECT_DOUBLE_EQ(line.drop, 1);
  EXPECT_NEAR(line.begin, 3, 1e-12);
  EXPECT_NEAR(line.end, 11, 1e-12);
  EXPECT_NEAR(line.width, 0.8, 1e-12);
  EXPECT_NEAR(line.largest_step, 0.4, 1e-12);
}

TEST(Decline, MeasuresABreak) {
  const Decline sharp = measure_decline({3, 5, 7, 9, 11, 13}, {0.9, 0.9, 0.9, 0.1, 0.1, 0.1});
  EXPECT_NEAR(sharp.begin, 7.2, 1e-12);
  EXPECT_NEAR(sharp.end, 8.8, 1e-12);
  EXPECT_NEAR(sharp.width, 0.16, 1e-12);
  EXPECT_EQ(sharp.largest_step, 1);
  EXPECT_EQ(sharp.step, 2U);
}

TEST(Decline, AFlatCurveHasNoWidth) {
  const Decline flat = measure_decline({1, 2, 3}, {0.4, 0.4, 0.4});
  EXPECT_EQ(flat.drop, 0);
  EXPECT_TRUE(std::isnan(flat.width));
  EXPECT_TRUE(std::isnan(flat.largest_step));
}

}  // namespace
}  // namespace mazescan::statistics
