#pragma once
#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

#include "policy/activation.h"
#include "policy/network.h"

namespace mazescan {

// Returns a small network without zero or symmetric weights, for observations [N, 3, 6, 5] and 4 actions.
inline policy::Network sample_network(const std::string& activation = "relu", double input_scale = 0.01) {
  policy::Network network({{3, 4}, 1, 6, activation}, {3, 6, 5, input_scale, 4});
  RandomStream random(7, "sample network");
  auto* weights = network.parameters().data_ptr<float>();
  for (int64_t i = 0; i < network.parameters().numel(); ++i) weights[i] = random.uniform() - 0.45F;
  return network;
}

// Returns the names of all activation functions.
inline std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const policy::ActivationInfo& info : policy::activations()) names.push_back(info.name);
  return names;
}

// Names one of its taps, [4, 2, 2]; the tap before it is [3, 3, 3].
inline constexpr const char* kSampleTap = "embedder.block2.res1.resadd";

inline torch::Tensor sample_observations(const policy::Network& network, int count) {
  const policy::NetworkInterface& in = network.interface();
  RandomStream random(8, "sample observations");
  torch::Tensor observations = torch::empty({count, in.channels, in.height, in.width}, torch::kUInt8);
  for (int64_t i = 0; i < observations.numel(); ++i)
    observations.data_ptr<uint8_t>()[i] = static_cast<uint8_t>(random.below(256));
  return observations;
}

// Returns the outputs of all layers.
inline std::map<std::string, torch::Tensor> taps_of(const policy::Network& network,
                                                    const torch::Tensor& observations) {
  std::map<std::string, torch::Tensor> taps;
  network.forward(observations,
                  [&](const std::string& name, torch::Tensor output) { return taps[name] = output; });
  return taps;
}

inline std::vector<double> to_doubles(const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().to(torch::kFloat64).contiguous();
  return {plain.data_ptr<double>(), plain.data_ptr<double>() + plain.numel()};
}

}  // namespace mazescan
