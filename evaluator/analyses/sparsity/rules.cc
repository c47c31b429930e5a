#include "evaluator/analyses/sparsity/rules.h"

#include <torch/types.h>

namespace mazescan::sparsity {

namespace {

constexpr const char* kLogits = "fc_policy";
constexpr double kOfMean = 0.6, kOfDeviation = 0.7;

}  // namespace

Rules::Rules(const std::vector<policy::LayerSpec>& layers) {
  for (const policy::LayerSpec& layer : layers) norms_[layer.name];
}

void Rules::add(const std::string& layer, const torch::Tensor& output) {
  if (layer == kLogits) {
    const torch::Tensor likeliest = output.argmax(1).cpu().contiguous();
    const auto* actions = likeliest.data_ptr<int64_t>();
    actions_.insert(actions_.end(), actions, actions + likeliest.numel());
    action_count_ = static_cast<int>(output.size(1));
  } else if (const auto found = norms_.find(layer); found != norms_.end()) {
    const torch::Tensor values = output.to(torch::kFloat32);
    found->second.push_back(
        (values.dim() > 2 ? values.flatten(2).square().sum(2).sqrt() : values.abs()).cpu());
  }
}

statistics::TreeSize Rules::size(const std::string& layer) const {
  const torch::Tensor norms = torch::cat(norms_.at(layer));
  const torch::Tensor limit = kOfMean * norms.mean(0) + kOfDeviation * norms.std(0, /*unbiased=*/false);
  const torch::Tensor on = (norms >= limit).to(torch::kUInt8).t().contiguous();  // [channels, N]
  std::vector<std::vector<uint8_t>> features;
  for (int64_t channel = 0; channel < on.size(0); ++channel) {
    const uint8_t* of_states = on[channel].data_ptr<uint8_t>();
    features.emplace_back(of_states, of_states + on.size(1));
  }
  return statistics::smallest_tree(features, actions_, action_count_, kRuleFidelity, kMostRules);
}

}  // namespace mazescan::sparsity
