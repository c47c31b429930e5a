#include "statistics/binomial_bound.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mazescan {
namespace {

TEST(BinomialUpperBound, HasTheClosedFormsAtTheEnds) {
  for (const int64_t n : {1, 7, 100, 1000, 100000}) {
    const auto trials = static_cast<double>(n);
    EXPECT_NEAR(binomial_upper_bound(0, n), 1 - std::pow(0.05, 1 / trials), 1e-12);
    EXPECT_NEAR(binomial_upper_bound(n - 1, n), std::pow(0.95, 1 / trials), 1e-9);
    EXPECT_EQ(binomial_upper_bound(n, n), 1);
  }
}

// At the bound, the chance of no more events is what the confidence leaves: summed here by recursion.
TEST(BinomialUpperBound, LeavesFivePercent) {
  for (const auto& [events, trials] : {std::pair{3, 20}, {10, 1000}, {250, 1000}}) {
    const double rate = binomial_upper_bound(events, trials);
    double term = std::pow(1 - rate, trials), total = term;
    for (int k = 1; k <= events; ++k) total += term *= rate / (1 - rate) * (trials - k + 1) / k;
    EXPECT_NEAR(total, 0.05, 1e-9) << events << " of " << trials;
  }
}

}  // namespace
}  // namespace mazescan
