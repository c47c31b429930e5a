#include "statistics/decline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/random.h"

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

// Returns the least squares of nonincreasing values that are constant between some of the borders, by trying all.
double least_squares_of_all(const std::vector<double>& values, const std::vector<double>& weights) {
  double least = std::numeric_limits<double>::infinity();
  for (unsigned borders = 0; borders < 1U << (values.size() - 1); ++borders) {
    double squares = 0, last = std::numeric_limits<double>::infinity();
    for (size_t first = 0, end = 1; first < values.size(); first = end++) {
      while (end < values.size() && (borders >> (end - 1) & 1U) == 0) ++end;
      double sum = 0, weight = 0;
      for (size_t i = first; i < end; ++i) sum += weights[i] * values[i], weight += weights[i];
      if (sum / weight > last) squares = std::numeric_limits<double>::infinity();
      last = sum / weight;
      for (size_t i = first; i < end; ++i) squares += weights[i] * std::pow(values[i] - last, 2);
    }
    least = std::min(least, squares);
  }
  return least;
}

TEST(Decline, TheFitIsTheNearestOfAll) {
  RandomStream random(1, "decline_test");
  for (int repeat = 0; repeat < 100; ++repeat) {
    std::vector<double> values, weights;
    for (int i = 0; i < 9; ++i) {
      values.push_back(random.uniform() - 0.05 * i);
      weights.push_back(0.1 + random.uniform());
    }
    const std::vector<double> fitted = nonincreasing_fit(values, weights);
    double squares = 0;
    for (size_t i = 0; i < values.size(); ++i) squares += weights[i] * std::pow(values[i] - fitted[i], 2);
    EXPECT_TRUE(std::is_sorted(fitted.rbegin(), fitted.rend()));
    EXPECT_NEAR(squares, least_squares_of_all(values, weights), 1e-12);
  }
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
