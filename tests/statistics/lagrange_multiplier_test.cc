#include "statistics/lagrange_multiplier.h"

#include <gmock/gmock.h>

#include <cmath>

namespace mazescan::statistics {
namespace {

TEST(LagrangeMultiplier, GrowsAsKnown) {
  LagrangeMultiplier multiplier;
  for (int step = 1; step <= 200; ++step) {
    multiplier.update(0.1);
    if (step == 1) EXPECT_NEAR(multiplier.value, 0.0015075, 5e-8);
    if (step == 10) EXPECT_NEAR(multiplier.value, 0.0015769, 5e-8);
    if (step == 100) EXPECT_NEAR(multiplier.value, 0.0024731, 5e-8);
    if (step == 200) EXPECT_NEAR(multiplier.value, 0.0040774, 5e-8);
  }
}

TEST(LagrangeMultiplier, FollowsTheMovingAverageWithinItsLimits) {
  LagrangeMultiplier multiplier;
  multiplier.update(0.4);
  multiplier.update(-0.2);  // the average is 0.1 now, so that it still grows
  EXPECT_NEAR(multiplier.value, 0.0015 * std::exp(0.05 * (0.4 + 0.1)), 1e-12);
  for (int step = 0; step < 2000; ++step) multiplier.update(1);
  EXPECT_EQ(multiplier.value, 5);
  for (int step = 0; step < 2000; ++step) multiplier.update(-1);
  EXPECT_EQ(multiplier.value, 1e-12);
}

}  // namespace
}  // namespace mazescan::statistics
