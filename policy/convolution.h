#pragma once
#include <torch/types.h>

namespace mazescan::policy {

// 3 x 3 convolution with stride 1 and padding 1. Uses the kernels of policy/kernels where they apply: float32 on a CPU
// with their instruction sets, numbers of output channels that are multiples of kernels::kChannels. Elsewhere it uses
// libtorch's; results then differ in the last bits.
// Shapes: input [N, inputs, height, width], weight [outputs, inputs, 3, 3], bias [outputs]; returns
// [N, outputs, height, width]. Gradients of any order.
torch::Tensor convolve(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias);

// True if this processor multiplies bfloat16 matrices (AMX).
bool multiplies_bfloat16();

// While one exists, `convolve` on this thread rounds input and weights to bfloat16 and sums in float32, and so do the
// gradients of inputs. Gradients of parameters, and all that libtorch computes, stay float32.
class Bfloat16Convolutions {
 public:
  Bfloat16Convolutions();
  ~Bfloat16Convolutions();
  Bfloat16Convolutions(const Bfloat16Convolutions&) = delete;
  Bfloat16Convolutions& operator=(const Bfloat16Convolutions&) = delete;
};

}  // namespace mazescan::policy
