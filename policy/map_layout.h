#pragma once
#include <torch/autograd.h>
#include <torch/types.h>

namespace mazescan::policy {

// What convolution.cc and max_pooling.cc share: maps in the layout of policy/kernels, [N, channels, height, width] whose
// channels of a cell are side by side in memory.

// True if the kernels can make maps with this number of channels from `input`.
bool kernels_apply(const torch::Tensor& input, int64_t channels);
// The same values in the kernels' layout.
torch::Tensor as_maps(const torch::Tensor& tensor);
// Maps with the number of images and the type of `like`, not initialised.
torch::Tensor empty_maps(const torch::Tensor& like, int64_t channels, int64_t height, int64_t width);
// The gradients of those inputs that need one, from libtorch's own operations, so that they have gradients themselves.
// output: libtorch's result for the inputs.
torch::autograd::variable_list differentiable_gradients(const torch::Tensor& output,
                                                        const torch::autograd::variable_list& inputs,
                                                        const torch::autograd::variable_list& gradients);

}  // namespace mazescan::policy
