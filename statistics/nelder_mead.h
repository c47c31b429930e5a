#pragma once
#include <functional>
#include <vector>

namespace mazescan::statistics {

struct Minimum {
  std::vector<double> at;
  double value = 0;
};

// Searches a minimum of a function without derivatives, from a simplex with edges of length `step` at `start`. It is a
// local minimum, near which the function may have kinks. Ends when the values at the corners of the simplex are
// equal up to `tolerance`, or after `max_evaluations`. The result depends on nothing but the arguments.
// Source: Nelder and Mead, "A simplex method for function minimization", 1965.
Minimum nelder_mead(const std::function<double(const std::vector<double>&)>& function,
                    const std::vector<double>& start, double step, double tolerance = 1e-10,
                    int max_evaluations = 1000);

}  // namespace mazescan::statistics
