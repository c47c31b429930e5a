#include "statistics/sparsity.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mazescan::statistics {
namespace {

TEST(Sparsity, OfAKnownVector) {
  EXPECT_NEAR(hoyer_sparsity({3, -4, 0, 0}), 0.6, 1e-12);
  EXPECT_NEAR(gini_index({3, -4, 0, 0}), 0.535714, 1e-6);
}

TEST(Sparsity, RunsFromEqualValuesToASingleOne) {
  EXPECT_NEAR(hoyer_sparsity({2, -2, 2}), 0, 1e-12);
  EXPECT_NEAR(gini_index({2, -2, 2}), 0, 1e-12);
  EXPECT_NEAR(hoyer_sparsity({0, 0, -7, 0}), 1, 1e-12);
  EXPECT_NEAR(gini_index({0, 0, -7, 0}), 0.75, 1e-12);
}

TEST(Sparsity, DoesNotDependOnOrderOrScale) {
  EXPECT_NEAR(gini_index({1, 5, 2, 0.5}), gini_index({50, 5, 20, 10}), 1e-12);
  EXPECT_NEAR(hoyer_sparsity({1, 5, 2, 0.5}), hoyer_sparsity({50, 5, 20, 10}), 1e-12);
}

TEST(Sparsity, OfZerosIsUndefined) {
  EXPECT_TRUE(std::isnan(hoyer_sparsity({0, 0})));
  EXPECT_TRUE(std::isnan(gini_index({0, 0})));
  EXPECT_TRUE(std::isnan(hoyer_sparsity({3}))) << "one value is both sparse and not";
  EXPECT_TRUE(std::isnan(gini_index({})));
}

TEST(DutyCycleEntropy, OfKnownDutyCycles) {
  EXPECT_NEAR(duty_cycle_entropy({0.5, 0.25, 0.5, 0.25, 0.5, 0.25}), 5.433834, 1e-6);
  EXPECT_EQ(duty_cycle_entropy({0.5, 0.5, 0.5, 0.5, 0.5, 0.5}), 6);
  EXPECT_EQ(duty_cycle_entropy({0, 1, 1, 0}), 0) << "units that never change";
}

TEST(DutyCycleEntropy, IsLargestForEqualDutyCycles) {
  EXPECT_NEAR(max_duty_cycle_entropy(256, 25.6), 120.062872, 1e-6);
  EXPECT_NEAR(max_duty_cycle_entropy(4, 1), duty_cycle_entropy({0.25, 0.25, 0.25, 0.25}), 1e-12);
  EXPECT_LT(duty_cycle_entropy({0.4, 0.1, 0.25, 0.25}), max_duty_cycle_entropy(4, 1));
}

}  // namespace
}  // namespace mazescan::statistics
