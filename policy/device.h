#pragma once
#include <torch/types.h>

#include <string>

namespace mazescan {

// The device that the setting `key` names ("cpu", "cuda" or "auto") for the local_rank-th process of a
// machine: processes are dealt its GPUs in turn. Throws UserError where cuda is asked for and there is none.
torch::Device choose_device(const std::string& key, const std::string& name, int local_rank);

}  // namespace mazescan
