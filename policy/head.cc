#include "policy/head.h"

#include "policy/layer_list.h"

namespace mazescan::policy {

namespace {

// Appends flatten, fc, the activation function, and a linear layer for each output.
OutputLayers fully_connected(LayerList& layers, int map, const NetworkConfig& config,
                             const NetworkInterface& interface) {
  int x = layers.flatten("embedder.flatten", map);
  x = layers.linear("embedder.fc", x, config.fc, kHiddenGain);
  x = layers.activation("embedder.relufc", x);
  const int logits = layers.linear("fc_policy", x, interface.actions, kPolicyGain);
  return {logits, layers.linear("fc_value", x, 1, kValueGain)};
}

}  // namespace

std::deque<HeadInfo>& heads() {
  static std::deque<HeadInfo> table = {
      {"fc", {}, fully_connected},
  };
  return table;
}

}  // namespace mazescan::policy
