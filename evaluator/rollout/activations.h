#pragma once
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/activation_shard.h"
#include "evaluator/rollout/agent.h"
#include "policy/network.h"

// Captures outputs of a network's layers.
namespace mazescan::rollout {

// Returns the named taps of the network, in forward order.
std::vector<datasets::TapShape> taps_named(const policy::Network& network,
                                           const std::vector<std::string>& names);

// Results of one forward pass.
struct Activations {
  std::vector<torch::Tensor> taps;  // float32 on the CPU, [N, ...] in any memory layout
  policy::Network::Output output;   // on the network's device
};
// Computes outputs and taps in one forward pass. observations: uint8 [N, C, H, W]. taps: in forward order.
// edits: from policy::edited; the taps are those after the edits.
Activations forward_with_taps(const policy::Network& network, const torch::Tensor& observations,
                              const std::vector<datasets::TapShape>& taps,
                              const policy::TapFunction& edits = nullptr);

// Returns the outputs of taps for N states, each [N, ...] float32, contiguous, on the CPU. Processes
// states_of_a_pass states at a time.
std::vector<torch::Tensor> tap_outputs(const policy::Network& network, const NetworkAgent& agent,
                                       const std::vector<envs::MazeState>& states,
                                       const std::vector<datasets::TapShape>& taps);
// Returns the outputs of one tap for N states, [N, ...] float32, on the CPU. Throws InternalError if the
// network has no such tap.
torch::Tensor tap_outputs(const policy::Network& network, const NetworkAgent& agent,
                          const std::vector<envs::MazeState>& states, const std::string& tap);
// Returns the mean of a tap's outputs over the states, summed in float64.
torch::Tensor mean_tap_output(const policy::Network& network, const NetworkAgent& agent,
                              const std::vector<envs::MazeState>& states, const std::string& tap);

}  // namespace mazescan::rollout
