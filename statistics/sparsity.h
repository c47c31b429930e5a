#pragma once
#include <vector>

// Measures how sparse a layer's activations are, and how evenly its units are used.
namespace mazescan::statistics {

// Returns (sqrt(n) - sum |v| / norm of v) / (sqrt(n) - 1): 1 if one value is not zero, 0 if all have the same
// magnitude. NaN for fewer than two values, or if all are zero.
// Source: Hoyer, "Non-negative matrix factorization with sparseness constraints", 2004.
double hoyer_sparsity(const std::vector<double>& values);

// Returns the Gini index of the magnitudes: 0 if all are equal, 1 - 1/n if one value is not zero. NaN for no
// values, or if all are zero.
// Source: Hurley and Rickard, "Comparing measures of sparsity", 2009.
double gini_index(const std::vector<double>& values);

// Returns the entropy of a yes-or-no variable that is yes with probability p, in bits.
double binary_entropy(double p);

// Returns the sum of the units' binary entropies, in bits. duty_cycles: the share of the states in which each
// unit is active.
// Source: Ahmad and Scheinkman, "How can we be so dense? The benefits of using highly sparse
// representations", 2019.
double duty_cycle_entropy(const std::vector<double>& duty_cycles);

// Returns the largest duty-cycle entropy of `units` units of which `active` are active in a state on average:
// that of equal duty cycles.
double max_duty_cycle_entropy(double units, double active);

}  // namespace mazescan::statistics
