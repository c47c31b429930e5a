#include "policy/head.h"

#include "policy/decision_transformer.h"
#include "policy/entmax_pool.h"
#include "policy/layer_list.h"
#include "policy/q_heads.h"

namespace mazescan::policy {

namespace {

OutputLayers fully_connected(LayerList& layers, int map, const NetworkConfig& config,
                             const NetworkInterface& interface) {
  return append_outputs(layers, layers.flatten("embedder.flatten", map), config, interface);
}

}  // namespace

OutputLayers append_outputs(LayerList& layers, int input, const NetworkConfig& config,
                            const NetworkInterface& interface) {
  int x = layers.linear("embedder.fc", input, config.fc, kHiddenGain);
  x = layers.activation("embedder.relufc", x);
  const int logits = layers.linear("fc_policy", x, interface.actions, kPolicyGain);
  return {logits, layers.linear("fc_value", x, 1, kValueGain)};
}

std::deque<HeadInfo>& heads() {
  static std::deque<HeadInfo> table = {
      {"fc", {}, fully_connected}, entmax_pool(), q_head(), bcq_head(), decision_transformer(),
  };
  return table;
}

}  // namespace mazescan::policy
