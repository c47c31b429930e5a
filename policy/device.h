#pragma once
#include <torch/types.h>

#include <string>

#include "policy/network.h"

namespace mazescan::policy {

// Returns the device that the setting `key` selects: "cpu", "cuda" or "auto". The processes of a machine use
// its GPUs in turn, by local_rank. `name` is the value of the setting.
// Throws UserError if cuda is required and there is no GPU.
torch::Device choose_device(const std::string& key, const std::string& name, int local_rank);

// Sets the type in which an evaluated network computes, from the setting `key`: "float32" (without
// TensorFloat-32 on GPUs), "bfloat16" or "float16". `name` is the value of the setting.
// Throws UserError if the network's device does not support the type.
void choose_compute_dtype(Network& network, const std::string& key, const std::string& name);

}  // namespace mazescan::policy
