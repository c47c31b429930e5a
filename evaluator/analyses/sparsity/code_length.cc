#include "evaluator/analyses/sparsity/code_length.h"

#include <torch/types.h>

namespace mazescan::sparsity {

CodeLength::CodeLength(const std::vector<policy::LayerSpec>& layers) {
  for (const policy::LayerSpec& layer : layers) layers_[layer.name];
}

void CodeLength::add(const std::string& layer, const torch::Tensor& output) {
  const auto found = layers_.find(layer);
  if (found == layers_.end() || output.numel() == 0) return;
  const torch::Tensor values = output.to(torch::kCPU, torch::kFloat32).contiguous();
  auto& [steps, counts] = found->second;
  if (!steps)
    steps = storage::quantisation_of(values.min().item<float>(), values.max().item<float>(), /*bits=*/8);
  const auto count = static_cast<size_t>(values.numel());
  std::vector<uint8_t> codes(count);
  storage::quantise(values.data_ptr<float>(), count, *steps, codes.data());
  const seg::Counts here = seg::count_values(codes.data(), count, {});
  for (size_t code = 0; code < counts.size(); ++code) counts[code] += here[code];
}

double CodeLength::bits(const std::string& layer) const {
  const seg::Counts& counts = layers_.at(layer).counts;
  if (counts.back() == 0) return 0;
  return static_cast<double>(seg::total_length(counts, seg::best_k(counts))) /
         static_cast<double>(counts.back());
}

}  // namespace mazescan::sparsity
