#pragma once

namespace mazescan::statistics {

// The scaling law of intrinsic performance, I^(-beta) = (N_c / N)^a + (E_c / E)^b, for networks of N parameters that
// are trained on E interactions. The intrinsic performance of a policy is the least compute with which a network of
// any size performs as well. Compute is C = N E, in parameters x interactions. On the compute-efficient frontier I = C;
// this makes 1 / beta = 1 / a + 1 / b and fixes N_c E_c, so that three numbers are free.
// Source: Hilton, Tang and Schulman, "Scaling laws for single-agent reinforcement learning", 2023.
struct ScalingLaw {
  double alpha_parameters = 1, alpha_interactions = 1;  // a and b, > 0
  double log_critical_parameters = 0;                   // log N_c

  double beta() const;
  double log_critical_interactions() const;  // log E_c
  // Returns log I of a network of `parameters` after `interactions`, both > 0.
  double log_performance(double parameters, double interactions) const;
  // Returns b / (a + b): the optimal number of parameters grows as compute to this power.
  double size_exponent() const;
  // Return the number of parameters with the largest I at this compute, and its interactions.
  double optimal_parameters(double compute) const;
  double optimal_interactions(double compute) const;

  // Returns the law with these exponents whose optimal number of parameters at `compute` is exp(log_parameters).
  static ScalingLaw with_optimum(double alpha_parameters, double alpha_interactions, double log_parameters,
                                 double log_compute);
};

}  // namespace mazescan::statistics
