#include "evaluator/analyses/sparsity/activity.h"

#include <torch/types.h>

#include <algorithm>

namespace mazescan::sparsity {

Activity::Activity(const std::vector<policy::LayerSpec>& layers) {
  for (const policy::LayerSpec& layer : layers) {
    const int64_t units = policy::element_count(layer.shape);
    layers_.push_back(
        {layer.name, 0, torch::zeros({units}, torch::kInt64), torch::zeros({units}, torch::kFloat64)});
  }
}

void Activity::add(const std::string& layer, const torch::Tensor& output) {
  const auto found =
      std::find_if(layers_.begin(), layers_.end(), [&](const Layer& each) { return each.name == layer; });
  if (found == layers_.end()) return;
  const torch::Tensor values = output.flatten(1);
  found->states += values.size(0);
  found->active += (values != 0).sum(0).cpu();
  found->magnitude += values.abs().sum(0, /*keepdim=*/false, torch::kFloat64).cpu();
}

double Activity::active_share() const {
  double active = 0, all = 0;
  for (const Layer& layer : layers_) {
    active += static_cast<double>(layer.active.sum().item<int64_t>());
    all += static_cast<double>(layer.states * layer.active.numel());
  }
  return all > 0 ? active / all : 0;
}

std::vector<UnitRow> Activity::units() const {
  std::vector<UnitRow> rows;
  for (size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    const auto* active = layer.active.data_ptr<int64_t>();
    const auto* magnitude = layer.magnitude.data_ptr<double>();
    const auto states = static_cast<double>(std::max<int64_t>(layer.states, 1));
    for (int64_t u = 0; u < layer.active.numel(); ++u)
      rows.push_back({static_cast<int32_t>(l), active[u], magnitude[u] / states});
  }
  return rows;
}

}  // namespace mazescan::sparsity
