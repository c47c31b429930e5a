#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

#include "policy/network.h"

namespace mazescan::sparsity {

// Returns the layers whose kind is the network's activation function, in forward order.
std::vector<policy::LayerSpec> rectified_layers(const policy::Network& network);

// Returns the outputs with only the largest values of each item, and zeros elsewhere: those strictly above
// the (k + 1)-th largest, where k is the rounded fraction of the values, at least 1. Values that are tied at
// the limit are all zero, so at most k stay, independent of the order in which they are stored.
// Shapes: output [N, ...]; returns the same.
torch::Tensor keep_largest(const torch::Tensor& output, double fraction);

}  // namespace mazescan::sparsity
