#pragma once
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/activation_shard.h"
#include "evaluator/rollout/agent.h"
#include "policy/network.h"

// Outputs of a network's layers: the one place where they are captured.
namespace mazescan::rollout {

// Returns those of the network's taps that are named, in forward order.
std::vector<datasets::TapShape> taps_named(const policy::Network& network,
                                           const std::vector<std::string>& names);

// One forward pass.
struct Activations {
  std::vector<torch::Tensor> taps;  // float32 on the CPU, [N, ...] in any memory layout
  policy::Network::Output output;   // on the network's device
};
// observations: uint8 [N, C, H, W]. taps: in forward order.
Activations forward_with_taps(const policy::Network& network, const torch::Tensor& observations,
                              const std::vector<datasets::TapShape>& taps);

// Returns the outputs of taps for states, each [N, ...] float32, contiguous, on the CPU. kStatesOfAPass states
// are computed at a time.
std::vector<torch::Tensor> tap_outputs(const policy::Network& network, const NetworkAgent& agent,
                                       const std::vector<envs::MazeState>& states,
                                       const std::vector<datasets::TapShape>& taps);
// The same for one tap. Throws InternalError if the network has no such tap.
torch::Tensor tap_outputs(const policy::Network& network, const NetworkAgent& agent,
                          const std::vector<envs::MazeState>& states, const std::string& tap);
// Returns their mean over the states, summed in float64.
torch::Tensor mean_tap_output(const policy::Network& network, const NetworkAgent& agent,
                              const std::vector<envs::MazeState>& states, const std::string& tap);

}  // namespace mazescan::rollout
