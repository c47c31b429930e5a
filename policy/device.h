#pragma once
#include <torch/types.h>

#include <string>

#include "policy/network.h"

namespace mazescan::policy {

// The device that the setting `key` names ("cpu", "cuda" or "auto") for the local_rank-th process of a
// machine: processes are dealt its GPUs in turn. Throws UserError where cuda is asked for and there is none.
torch::Device choose_device(const std::string& key, const std::string& name, int local_rank);

// What an evaluated network computes in, as the setting `key` says: "float32" (the whole of it, on GPUs too,
// where libtorch would take TensorFloat-32), "bfloat16" or "float16". Throws UserError where its device
// cannot.
void choose_compute_dtype(Network& network, const std::string& key, const std::string& name);

}  // namespace mazescan::policy
