#include "statistics/scaling_fit.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mazescan::statistics {
namespace {

const ScalingLaw kTruth{0.6, 0.9, std::log(3)};

double simulated_noise(RandomStream& random, double deviation) {
  const double u = 1 - random.uniform(), v = random.uniform();
  return deviation * std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * v);
}

// Returns curves of 5 sizes around `parameters`, with 30 points up to `interactions` and a success that is the logistic
// function of log I, with noise. 1/64 of a training is before the first point.
std::vector<SizeCurves> simulated(double parameters, double interactions, int seeds, uint64_t seed,
                                  double noise = 0.01) {
  RandomStream random(seed, "scaling_fit_test");
  std::vector<SizeCurves> sizes;
  for (const double factor : {1.0 / 16, 1.0 / 4, 1.0, 4.0, 16.0}) {
    SizeCurves size{parameters * factor, {}};
    for (int training = 0; training < seeds; ++training) {
      std::vector<LearningPoint> points;
      for (int i = 0; i < 30; ++i) {
        const double done = interactions * std::pow(64, -(29.0 - i) / 30);
        const double log_performance = kTruth.log_performance(size.parameters, done);
        points.push_back({done, 1 / (1 + std::exp(-log_performance)) + simulated_noise(random, noise)});
      }
      size.trainings.push_back(points);
    }
    sizes.push_back(size);
  }
  return sizes;
}

// The optimal size at compute 1 is 7 parameters, with 0.14 interactions: half of the points are limited by each.
std::vector<SizeCurves> balanced(int seeds, uint64_t seed, double noise = 0.01) {
  return simulated(7, 1.1, seeds, seed, noise);
}

TEST(ScalingFit, WithoutNoiseFindsTheLaw) {
  const ScalingFit fit = fit_scaling_law(balanced(1, 1, 0), RandomStream(1, "fit"));
  EXPECT_NEAR(fit.law.alpha_parameters, 0.6, 0.006);
  EXPECT_NEAR(fit.law.alpha_interactions, 0.9, 0.009);
  EXPECT_NEAR(fit.law.log_critical_parameters, std::log(3), 0.02);
  EXPECT_LT(fit.error, 0.003);
  EXPECT_LT(fit.left_out_error, 0.1);
}

TEST(ScalingFit, WithNoiseFindsTheExponents) {
  for (const uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
    const ScalingFit fit = fit_scaling_law(balanced(1, seed), RandomStream(seed, "fit"));
    EXPECT_NEAR(fit.law.alpha_parameters, 0.6, 0.06) << seed;
    EXPECT_NEAR(fit.law.alpha_interactions, 0.9, 0.09) << seed;
    EXPECT_NEAR(std::exp(fit.law.log_critical_parameters), 3, 0.6) << seed;
  }
}

TEST(ScalingFit, IntervalsOfSeedsHoldTheTruth) {
  const ScalingFit fit = fit_scaling_law(balanced(4, 9), RandomStream(9, "fit"), 50);
  EXPECT_TRUE(fit.is_bounded());
  const auto holds = [](Interval interval, double truth) {
    return interval.low < truth && truth < interval.high && interval.high < 2 * interval.low;
  };
  EXPECT_TRUE(holds(fit.alpha_parameters, 0.6))
      << fit.alpha_parameters.low << " " << fit.alpha_parameters.high;
  EXPECT_TRUE(holds(fit.alpha_interactions, 0.9))
      << fit.alpha_interactions.low << " " << fit.alpha_interactions.high;
  EXPECT_TRUE(holds(fit.critical_parameters, 3))
      << fit.critical_parameters.low << " " << fit.critical_parameters.high;
  EXPECT_TRUE(holds(fit.size_exponent, 0.6)) << fit.size_exponent.low << " " << fit.size_exponent.high;
}

TEST(ScalingFit, OneSeedHasNoIntervalWhereTheCurvesBoundIt) {
  const ScalingFit fit = fit_scaling_law(balanced(1, 1, 0), RandomStream(1, "fit"));
  EXPECT_TRUE(fit.is_bounded());
  EXPECT_TRUE(std::isnan(fit.alpha_interactions.low));
  EXPECT_TRUE(std::isnan(fit.alpha_interactions.high));
}

TEST(ScalingFit, CurvesLimitedBySizeDoNotBoundTheExponentOfInteractions) {
  const ScalingFit fit = fit_scaling_law(simulated(7, 1e4, 3, 1), RandomStream(1, "fit"), 20);
  EXPECT_TRUE(std::isinf(fit.alpha_interactions.high));
  EXPECT_TRUE(std::isinf(fit.critical_parameters.high));
  EXPECT_FALSE(fit.is_bounded());
}

TEST(ScalingFit, CurvesLimitedByInteractionsDoNotBoundTheExponentOfSize) {
  const ScalingFit fit = fit_scaling_law(simulated(1e6, 1.1, 3, 1), RandomStream(1, "fit"), 20);
  EXPECT_TRUE(std::isinf(fit.alpha_parameters.high));
  EXPECT_EQ(fit.size_exponent.low, 0);
  EXPECT_FALSE(fit.is_bounded());
}

TEST(ScalingFit, LeavesOutTheStartAndSuccessWithoutARatio) {
  const std::vector<SizeCurves> sizes = {
      {10, {{{1, 0.5}, {2, 0.2}, {64, 0.4}}, {{1, 0.5}, {4, 0.6}, {64, 0.5}}}},
      {20, {{{10, 0.004}, {32, 0.3}, {64, 0.996}}}},
  };
  const std::vector<ScalingPoint> points = points_of(sizes);
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[0].size, 1U);
  EXPECT_EQ(points[0].interactions, 32);
  EXPECT_EQ(points[1].interactions, 3);
  EXPECT_DOUBLE_EQ(points[1].success, 0.4);
  EXPECT_DOUBLE_EQ(points[2].success, 0.45);
}

TEST(ScalingFit, EqualSeedsGiveEqualResults) {
  const std::vector<SizeCurves> sizes = balanced(2, 4);
  const ScalingFit one = fit_scaling_law(sizes, RandomStream(4, "fit"), 20);
  const ScalingFit two = fit_scaling_law(sizes, RandomStream(4, "fit"), 20);
  const ScalingFit other = fit_scaling_law(sizes, RandomStream(5, "fit"), 20);
  EXPECT_EQ(one.law.log_critical_parameters, two.law.log_critical_parameters);
  EXPECT_EQ(one.alpha_interactions.low, two.alpha_interactions.low);
  EXPECT_NE(one.alpha_interactions.low, other.alpha_interactions.low);
}

TEST(ScalingFit, PerformanceOfASuccessIsLinearBetweenPoints) {
  const std::vector<ScalingPoint> points = {{0, 1, 0.2, 0, 1}, {0, 1, 0.4, 0, 2}, {0, 1, 0.4, 0, 2}};
  EXPECT_DOUBLE_EQ(log_performance_of(points, 0.3), 1.5);
  EXPECT_EQ(log_performance_of(points, 0.1), 1);
  EXPECT_EQ(log_performance_of(points, 0.4), 2);
  EXPECT_EQ(log_performance_of(points, 0.9), 2);
}

}  // namespace
}  // namespace mazescan::statistics
