#pragma once
#include <torch/types.h>

namespace mazescan::policy {

// 3 x 3 max pooling with stride 2 and padding 1; by the kernels of policy/kernels where they apply (convolution.h).
// Results are those of libtorch to the bit, gradients up to the order of sums.
// Shapes: input [N, channels, height, width]; returns [N, channels, (height + 1) / 2, (width + 1) / 2].
// Gradients of any order.
torch::Tensor max_pool(const torch::Tensor& input);

}  // namespace mazescan::policy
