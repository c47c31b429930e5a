#include "statistics/binomial_bound.h"

#include <boost/math/distributions/binomial.hpp>

#include "core/error.h"

namespace mazescan::statistics {

double binomial_upper_bound(int64_t events, int64_t trials, double confidence) {
  expect(trials > 0 && events >= 0 && events <= trials, "0 <= events <= trials, trials > 0");
  return boost::math::binomial::find_upper_bound_on_p(static_cast<double>(trials),
                                                      static_cast<double>(events), 1 - confidence);
}

}  // namespace mazescan::statistics
