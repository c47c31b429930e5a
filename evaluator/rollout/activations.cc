#include "evaluator/rollout/activations.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "evaluator/rollout/pass_size.h"

namespace mazescan::rollout {

std::vector<datasets::TapShape> taps_named(const policy::Network& network,
                                           const std::vector<std::string>& names) {
  std::vector<datasets::TapShape> taps;
  for (const policy::LayerSpec& tap : network.layers())
    if (std::find(names.begin(), names.end(), tap.name) != names.end()) taps.push_back({tap.name, tap.shape});
  return taps;
}

Activations forward_with_taps(const policy::Network& network, const torch::Tensor& observations,
                              const std::vector<datasets::TapShape>& taps, const policy::TapFunction& edits) {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> found;
  const policy::TapFunction keep = [&](const std::string& name, torch::Tensor output) {
    if (edits) output = edits(name, std::move(output));
    if (found.size() < taps.size() && taps[found.size()].name == name) found.push_back(output.cpu());
    return output;
  };
  policy::Network::Output output = network.forward(observations.to(network.parameters().device()), keep);
  expect(found.size() == taps.size(), "taps of the network in forward order");
  return {std::move(found), std::move(output)};
}

std::vector<torch::Tensor> tap_outputs(const policy::Network& network, const NetworkAgent& agent,
                                       const std::vector<envs::MazeState>& states,
                                       const std::vector<datasets::TapShape>& taps) {
  std::vector<std::vector<torch::Tensor>> parts(taps.size());
  const auto pass = static_cast<size_t>(states_of_a_pass(network));
  for (size_t begin = 0; begin < states.size(); begin += pass) {
    const size_t end = std::min(begin + pass, states.size());
    const std::vector<envs::MazeState> some(states.begin() + static_cast<int64_t>(begin),
                                            states.begin() + static_cast<int64_t>(end));
    Activations activations = forward_with_taps(network, agent.observe(some), taps);
    for (size_t t = 0; t < taps.size(); ++t) parts[t].push_back(activations.taps[t].contiguous());
  }
  std::vector<torch::Tensor> outputs;
  for (size_t t = 0; t < taps.size(); ++t) {
    std::vector<int64_t> shape = taps[t].shape;
    shape.insert(shape.begin(), 0);
    outputs.push_back(parts[t].empty() ? torch::empty(shape) : torch::cat(parts[t]));
  }
  return outputs;
}

torch::Tensor tap_outputs(const policy::Network& network, const NetworkAgent& agent,
                          const std::vector<envs::MazeState>& states, const std::string& tap) {
  const std::vector<datasets::TapShape> taps = taps_named(network, {tap});
  expect(!taps.empty(), "a tap of the network");
  return tap_outputs(network, agent, states, taps).front();
}

torch::Tensor mean_tap_output(const policy::Network& network, const NetworkAgent& agent,
                              const std::vector<envs::MazeState>& states, const std::string& tap) {
  return tap_outputs(network, agent, states, tap).to(torch::kFloat64).mean(0).to(torch::kFloat32);
}

}  // namespace mazescan::rollout
