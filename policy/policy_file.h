#pragma once
#include <string>
#include <string_view>

#include "policy/formats/pth.h"
#include "policy/network.h"

namespace mazescan::policy {

// A trained policy. Its file format is safetensors: the tensors have the names of the maze literature, and
// the metadata describe the network and the environment it was trained in.
struct Policy {
  Network network;
  std::string environment;  // the environment section of the training, as YAML
  std::string training;     // a JSON object with the trainer's description of its run
  std::string hash;         // covers the weights and what determines behaviour; excludes `training`
};

// Returns the bytes of a policy file. Equal networks and texts give equal bytes.
std::string encode_policy(const Network& network, const std::string& environment,
                          const std::string& training);

// Reads the bytes of a policy file. `name` is used in messages.
// Throws UserError if the bytes are not a policy file, or if a weight is missing, not finite or has another
// shape.
Policy decode_policy(std::string_view bytes, const std::string& name, torch::Device device = torch::kCPU);

// Returns the policy as a .pth file in the published form (policy/formats/pth.h). The file's metadata record
// lets import_pth restore the whole policy.
std::string encode_pth(const Policy& policy);

// Builds a policy from the weights of a .pth file. `environment` is the environment that the policy was
// trained in; `interface` holds its observations and actions. The activation function is relu if the file has
// no metadata.
// Throws UserError in the cases of decode_policy, and if the weights do not fit the environment.
Policy import_pth(const formats::PthFile& pth, const NetworkInterface& interface,
                  const std::string& environment, const std::string& training, const std::string& name);

}  // namespace mazescan::policy
