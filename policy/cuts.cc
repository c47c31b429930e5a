#include "policy/cuts.h"

#include <algorithm>

namespace mazescan::policy {

namespace {

// Returns whether a path leads from the observation to the logits that does not pass `layer`.
bool is_avoidable(int layer, const std::vector<LayerSpec>& layers, int logits) {
  if (layer == logits) return false;
  std::vector<bool> reached(layers.size(), false);  // from the logits, against the direction of the paths
  reached[static_cast<size_t>(logits)] = true;
  for (int at = logits; at >= 0; --at) {  // a layer reads earlier ones only
    if (at == layer || !reached[static_cast<size_t>(at)]) continue;
    for (const int input : layers[static_cast<size_t>(at)].inputs) {
      if (input == LayerSpec::kObservation) return true;
      reached[static_cast<size_t>(input)] = true;
    }
  }
  return false;
}

}  // namespace

std::vector<Cut> cuts(const std::vector<LayerSpec>& layers, int logits) {
  std::vector<Cut> found;
  for (size_t layer = 0; layer < layers.size() && layers[layer].name != "embedder.fc"; ++layer)
    if (layers[layer].shape.size() == 3 && !is_avoidable(static_cast<int>(layer), layers, logits))
      found.push_back({layers[layer].name, element_count(layers[layer].shape)});
  return found;
}

std::optional<Cut> narrowest(const std::vector<Cut>& cuts) {
  const auto least = std::min_element(
      cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.activations < b.activations; });
  return least == cuts.end() ? std::nullopt : std::optional<Cut>(*least);
}

}  // namespace mazescan::policy
