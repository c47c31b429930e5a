#pragma once
#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

#include "policy/head.h"
#include "policy/layer.h"
#include "policy/network_config.h"

namespace mazescan::policy {

// Describes a network: its layers in forward order, and which of them are the outputs.
struct NetworkSpec {
  std::vector<LayerSpec> layers;
  OutputLayers outputs;
};

// Returns the layers of the network that `config` describes: blocks of conv, maxpool and residual blocks x +
// conv2(act(conv1(act(x)))); the activation function; the head.
// Throws UserError if the interface is empty, if a name in the configuration is unknown, or if the network
// would have more than `max_parameters` parameters.
NetworkSpec network_spec(const NetworkConfig& config, const NetworkInterface& interface,
                         int64_t max_parameters);

// Derives the configuration of a network with head `fc` from the names and shapes of its weights. Does not
// check for missing or additional layers; the caller must. `name` is used in messages. Throws UserError.
NetworkConfig network_config_of(const std::map<std::string, torch::Tensor>& weights, const std::string& name);

}  // namespace mazescan::policy
