#include "statistics/sparsity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "statistics/statistics.h"

namespace mazescan::statistics {

double hoyer_sparsity(const std::vector<double>& values) {
  const double root = std::sqrt(static_cast<double>(values.size()));
  double sum = 0, squares = 0;
  for (const double value : values) {
    sum += std::abs(value);
    squares += value * value;
  }
  return root > 1 && squares > 0 ? (root - sum / std::sqrt(squares)) / (root - 1) : kNaN;
}

double gini_index(const std::vector<double>& values) {
  std::vector<double> ascending = values;
  for (double& value : ascending) value = std::abs(value);
  std::sort(ascending.begin(), ascending.end());
  const double sum = std::accumulate(ascending.begin(), ascending.end(), 0.0),
               n = static_cast<double>(ascending.size());
  if (sum == 0) return kNaN;
  double weighted = 0;
  for (size_t k = 0; k < ascending.size(); ++k)
    weighted += ascending[k] / sum * (n - static_cast<double>(k) - 0.5) / n;
  return 1 - 2 * weighted;
}

double binary_entropy(double p) {
  return p <= 0 || p >= 1 ? 0 : -p * std::log2(p) - (1 - p) * std::log2(1 - p);
}

double duty_cycle_entropy(const std::vector<double>& duty_cycles) {
  double sum = 0;
  for (const double duty_cycle : duty_cycles) sum += binary_entropy(duty_cycle);
  return sum;
}

double max_duty_cycle_entropy(double units, double active) {
  return units * binary_entropy(active / units);
}

}  // namespace mazescan::statistics
