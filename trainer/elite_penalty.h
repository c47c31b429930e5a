#pragma once
#include <cstdint>
#include <vector>

#include "policy/network_config.h"
#include "trainer/loss_term.h"
#include "trainer/penalty_config.h"

namespace mazescan::trainer {

// Elite BackProp as in NeSyFOLD's implementation (Kasioumis, Townsend and Inakoshi, 2021): penalises the mean absolute
// activation of each channel that is not among the elites of the state's class, with a weight of
// D[class, channel] / D[class, weakest elite], at most 1, where D sums these means over the states of a class. There is
// no penalty until the elites are known. The term is a mean over samples, where the original is a sum.
// network: its depth names the last map; actions: of the policy.
LossTerm elites(const ElitePenaltyConfig& config, const policy::NetworkConfig& network, int64_t actions);

// Returns the weight of each channel for one class. sums: D[class, channel].
std::vector<double> elite_weights(const std::vector<double>& sums, size_t of_class,
                                  const ElitePenaltyConfig& config);

}  // namespace mazescan::trainer
