#include "statistics/scaling_law.h"

#include <algorithm>
#include <cmath>

namespace mazescan::statistics {
namespace {

// Returns log(exp(x) + exp(y)).
double log_add(double x, double y) {
  return std::max(x, y) + std::log1p(std::exp(-std::abs(x - y)));
}

// Returns log((b / (a + b)) C^(-beta)) / a: how far log N* lies below log N_c.
double log_optimum(const ScalingLaw& law, double log_compute) {
  return (std::log(law.size_exponent()) - law.beta() * log_compute) / law.alpha_parameters;
}

}  // namespace

double ScalingLaw::beta() const {
  return 1 / (1 / alpha_parameters + 1 / alpha_interactions);
}

double ScalingLaw::size_exponent() const {
  return alpha_interactions / (alpha_parameters + alpha_interactions);
}

double ScalingLaw::log_critical_interactions() const {
  return std::log(size_exponent()) / alpha_parameters + std::log(1 - size_exponent()) / alpha_interactions -
         log_critical_parameters;
}

double ScalingLaw::log_performance(double parameters, double interactions) const {
  const double of_size = alpha_parameters * (log_critical_parameters - std::log(parameters));
  const double of_training = alpha_interactions * (log_critical_interactions() - std::log(interactions));
  return -log_add(of_size, of_training) / beta();
}

double ScalingLaw::optimal_parameters(double compute) const {
  return std::exp(log_critical_parameters - log_optimum(*this, std::log(compute)));
}

double ScalingLaw::optimal_interactions(double compute) const {
  return compute / optimal_parameters(compute);
}

ScalingLaw ScalingLaw::with_optimum(double alpha_parameters, double alpha_interactions, double log_parameters,
                                    double log_compute) {
  ScalingLaw law{alpha_parameters, alpha_interactions, 0};
  law.log_critical_parameters = log_parameters + log_optimum(law, log_compute);
  return law;
}

}  // namespace mazescan::statistics
