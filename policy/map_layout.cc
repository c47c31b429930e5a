#include "policy/map_layout.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include "policy/kernels/kernels.h"

namespace mazescan::policy {

using torch::autograd::variable_list;

bool kernels_apply(const torch::Tensor& input, int64_t channels) {
  return input.is_cpu() && input.scalar_type() == torch::kFloat32 && channels % kernels::kChannels == 0 &&
         kernels::best_kernels() != nullptr;
}

torch::Tensor as_maps(const torch::Tensor& tensor) {
  return tensor.contiguous(torch::MemoryFormat::ChannelsLast);
}

torch::Tensor empty_maps(const torch::Tensor& like, int64_t channels, int64_t height, int64_t width) {
  return torch::empty({like.size(0), channels, height, width}, like.options(),
                      torch::MemoryFormat::ChannelsLast);
}

variable_list differentiable_gradients(const torch::Tensor& output, const variable_list& inputs,
                                       const variable_list& gradients) {
  variable_list wanted, results(inputs.size());
  for (const torch::Tensor& input : inputs)
    if (input.requires_grad()) wanted.push_back(input);
  const variable_list found =
      torch::autograd::grad({output}, wanted, gradients, /*retain_graph=*/true, /*create_graph=*/true);
  size_t next = 0;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].requires_grad()) results[i] = found[next++];
  return results;
}

}  // namespace mazescan::policy
