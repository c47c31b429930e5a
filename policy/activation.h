#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "policy/layer.h"
#include "policy/options.h"

namespace mazescan::policy {

// Describes an activation function that `network.activation` can name. The function maps an output to another
// one with the same shape and need not be elementwise.
struct ActivationInfo {
  std::string name;
  std::vector<OptionInfo> options;  // keys of `network.activation_options`
  std::shared_ptr<const Operation> (*make)(const Options& options);
};

// Returns the table of all activation functions; tests append to it. To add a function, add a line to
// activation.cc; one that is not elementwise also needs a file with its Operation.
// evaluator/report/page/network.js lists the functions that the report can compute.
std::deque<ActivationInfo>& activations();

}  // namespace mazescan::policy
