#pragma once
#include <string>
#include <string_view>

#include "policy/formats/pth.h"
#include "policy/network.h"

namespace mazescan::policy {

// A trained policy as people share it: a safetensors file whose tensors have the names of the maze literature
// and whose metadata say how to build the network and what it was trained on.
struct Policy {
  Network network;
  std::string environment;  // YAML of the environment section it was trained with
  std::string training;     // a JSON object: what the trainer says of its run
  std::string hash;         // of the weights and of what determines behaviour; not of `training`
};

// Equal networks and texts give equal bytes.
std::string encode_policy(const Network& network, const std::string& environment,
                          const std::string& training);

// Throws UserError when the bytes are no policy, a weight is missing, of another shape, or not finite.
Policy decode_policy(std::string_view bytes, const std::string& name, torch::Device device = torch::kCPU);

// The policy as a .pth file of the published form (policy/pth.h), whose record of metadata makes it whole
// again.
std::string encode_pth(const Policy& policy);

// The policy that such a file's weights make in the world `environment`, whose observations and actions are
// `interface`. The activation function is relu where the file does not tell it. Throws UserError as
// decode_policy does, and where weights and world do not fit.
Policy import_pth(const formats::PthFile& pth, const NetworkInterface& interface,
                  const std::string& environment, const std::string& training, const std::string& name);

}  // namespace mazescan::policy
