#include "statistics/binomial_bound.h"

#include <cmath>

#include "core/error.h"

namespace mazescan {

namespace {

// The chance of at most `events` of `trials` at this rate.
double at_most(int64_t events, int64_t trials, double rate) {
  const auto n = static_cast<double>(trials);
  double total = 0;
  for (int64_t k = 0; k <= events; ++k) {
    const auto x = static_cast<double>(k);
    total += std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) + x * std::log(rate) +
                      (n - x) * std::log1p(-rate));
  }
  return total;
}

}  // namespace

double binomial_upper_bound(int64_t events, int64_t trials, double confidence) {
  expect(trials > 0 && events >= 0 && events <= trials, "0 <= events <= trials, trials > 0");
  if (events == trials) return 1;
  double low = static_cast<double>(events) / static_cast<double>(trials), high = 1;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (at_most(events, trials, middle) >= 1 - confidence ? low : high) = middle;
  }
  return high;
}

}  // namespace mazescan
