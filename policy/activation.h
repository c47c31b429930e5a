#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "policy/layer.h"
#include "policy/options.h"

namespace mazescan::policy {

// An activation function that `network.activation` can name. It maps an output to another of the same shape
// and need not be elementwise.
struct ActivationInfo {
  std::string name;
  std::vector<OptionInfo> options;  // keys of `network.activation_options`
  std::shared_ptr<const Operation> (*make)(const Options& options);
};

// The table of all activation functions. A new one is a file with its Operation, and a line in activation.cc;
// page/network.js has a table of those that the report can compute. Tests append to it.
std::deque<ActivationInfo>& activations();

}  // namespace mazescan::policy
