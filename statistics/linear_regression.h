#pragma once
#include <vector>

#include "statistics/statistics.h"

namespace mazescan::statistics {

struct Coefficient {
  double value = 0;
  Interval interval;  // Student's
};

// Fits targets = c0 + c1 x1 + c2 x2 + ... by least squares. Returns the coefficients of the features, without c0; none if
// there are no more rows than coefficients, or the features do not determine them.
// features: one list for each row, equally long.
std::vector<Coefficient> linear_regression(const std::vector<std::vector<double>>& features,
                                           const std::vector<double>& targets);

}  // namespace mazescan::statistics
