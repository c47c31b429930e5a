#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/layer.h"

namespace mazescan::policy {

// A layer through which every path from the observation to the logits passes: its activations determine the
// moves.
struct Cut {
  std::string layer;
  int64_t activations = 0;
};

// Returns the cuts among the layers with a map before embedder.fc, in forward order. logits: index of the
// layer that computes them.
std::vector<Cut> cuts(const std::vector<LayerSpec>& layers, int logits);
// Returns the cut with the fewest activations, the first of equals.
std::optional<Cut> narrowest(const std::vector<Cut>& cuts);

}  // namespace mazescan::policy
