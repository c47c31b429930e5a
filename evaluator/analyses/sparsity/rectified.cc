#include "evaluator/analyses/sparsity/rectified.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace mazescan::sparsity {

std::vector<policy::LayerSpec> rectified_layers(const policy::Network& network) {
  std::vector<policy::LayerSpec> layers;
  for (const policy::LayerSpec& layer : network.layers())
    if (layer.kind == network.config().activation) layers.push_back(layer);
  return layers;
}

torch::Tensor keep_largest(const torch::Tensor& output, double fraction) {
  const torch::Tensor values = output.flatten(1);
  const int64_t all = values.size(1);
  const auto kept = std::max<int64_t>(1, std::llround(fraction * static_cast<double>(all)));
  if (kept >= all) return output;
  const torch::Tensor limit = std::get<0>(values.kthvalue(all - kept, 1, /*keepdim=*/true));
  return torch::where(values > limit, values, torch::zeros_like(values)).view(output.sizes());
}

}  // namespace mazescan::sparsity
