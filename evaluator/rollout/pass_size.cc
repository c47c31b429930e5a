#include "evaluator/rollout/pass_size.h"

#include <torch/types.h>

#include <algorithm>

#include "evaluator/rollout/agent.h"

namespace mazescan::rollout {

int64_t largest_output_bytes(const policy::Network& network) {
  int64_t largest = 1;
  for (const policy::LayerSpec& layer : network.layers())
    largest = std::max(largest, policy::element_count(layer.shape));
  return largest * static_cast<int64_t>(sizeof(float));
}

int64_t states_of_a_pass(const policy::Network& network) {
  if (!network.parameters().is_cpu()) return kStatesOfAPass;
  constexpr int64_t kCachedBytes = 8 << 20, kMinStates = 16;
  return std::clamp(kCachedBytes / largest_output_bytes(network), kMinStates, kStatesOfAPass);
}

}  // namespace mazescan::rollout
