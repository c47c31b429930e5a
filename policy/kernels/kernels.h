#pragma once
#include <cstdint>

namespace mazescan::policy::kernels {

// The sizes of a 3 x 3 convolution with stride 1 and padding 1.
struct Convolution {
  int64_t height, width;    // of a map, in cells
  int64_t inputs, outputs;  // channels; outputs is a multiple of kChannels
  int64_t weights() const { return 9 * inputs * outputs; }
};

// The sizes of 3 x 3 max pooling with stride 2 and padding 1.
struct Pooling {
  int64_t height, width;  // of a map before pooling
  int64_t channels;       // a multiple of kChannels
  int64_t pooled_height() const { return (height + 1) / 2; }
  int64_t pooled_width() const { return (width + 1) / 2; }
};

constexpr int64_t kChannels = 16;  // the kernels compute this many channels at once, or a multiple

// Kernels for the small maps of maze policies, in float32. One core runs them; maps are stored row by row with the
// channels of a cell side by side ([images, height, width, channels]). Weights are packed as
// [3 rows, 3 columns, inputs, outputs].
//
// Each output is one chain of fused multiply-adds in a fixed order: rows, columns and channels of the weights for
// `convolve`; cells of an image, then images, for `add_weight_gradient`. So the results have the same bits with AVX2
// and with AVX-512, and do not depend on how many images are computed together. AMX's `convolve` rounds input and
// weights to bfloat16 and sums in float32.
struct Kernels {
  const char* instruction_set;

  // Elements of the scratch memory that the next two need. It must be zero at first.
  int64_t (*scratch_size)(const Convolution& sizes);

  // output = bias + convolution of the input. Shapes: input [images, height, width, inputs], bias [outputs], output
  // [images, height, width, outputs].
  void (*convolve)(const Convolution& sizes, int64_t images, const float* input, const float* weights,
                   const float* bias, float* output, float* scratch);

  // Adds the gradient of the weights to `weight_gradient` (packed), and that of the bias to `bias_gradient`. Shapes:
  // input as above, gradient [images, height, width, outputs].
  void (*add_weight_gradient)(const Convolution& sizes, int64_t images, const float* input,
                              const float* gradient, float* weight_gradient, float* bias_gradient,
                              float* scratch);

  // Largest value of each window. NaN counts as the largest, as in libtorch.
  // Shapes: input [images, height, width, channels], output [images, pooled_height, pooled_width, channels].
  void (*max_pool)(const Pooling& sizes, int64_t images, const float* input, float* output);

  // Adds the gradient of each output to the first cell of its window, row by row, that has the largest value.
  void (*add_max_pool_gradient)(const Pooling& sizes, int64_t images, const float* input, const float* output,
                                const float* gradient, float* input_gradient);
};

// The kernels for this processor; null if it has none of the instruction sets (AVX-512F; AVX2 and FMA).
const Kernels* best_kernels();
// Those of one instruction set: null if this processor lacks it.
const Kernels* avx2_kernels();
const Kernels* avx512_kernels();
const Kernels* amx_kernels();

}  // namespace mazescan::policy::kernels
