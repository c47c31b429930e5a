#include "statistics/binomial_bound.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mazescan::statistics {
namespace {

TEST(BinomialUpperBound, HasTheClosedFormsAtTheEnds) {
  for (const int64_t n : {1, 7, 100, 1000, 100000}) {
    const auto trials = static_cast<double>(n);
    EXPECT_NEAR(binomial_upper_bound(0, n), 1 - std::pow(0.05, 1 / trials), 1e-12);
    EXPECT_NEAR(binomial_upper_bound(n - 1, n), std::pow(0.95, 1 / trials), 1e-12);
    EXPECT_EQ(binomial_upper_bound(n, n), 1);
  }
}

// At the bound, the probability of at most so many events is 1 - confidence. It is summed here by recursion.
TEST(BinomialUpperBound, LeavesFivePercent) {
  for (const auto& [events, trials] : {std::pair{3, 20}, {10, 1000}, {250, 1000}}) {
    const double rate = binomial_upper_bound(events, trials);
    double term = std::pow(1 - rate, trials), total = term;
    for (int k = 1; k <= events; ++k) total += term *= rate / (1 - rate) * (trials - k + 1) / k;
    EXPECT_NEAR(total, 0.05, 1e-12) << events << " of " << trials;
  }
}

TEST(BinomialUpperBound, IsTheQuantileOfABetaDistribution) {  // computed with scipy 1.17
  EXPECT_NEAR(binomial_upper_bound(3, 20), 0.3436638043142818, 1e-14);
  EXPECT_NEAR(binomial_upper_bound(250, 1000), 0.2735536313237202, 1e-14);
}

}  // namespace
}  // namespace mazescan::statistics
