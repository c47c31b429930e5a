// The kernels of kernels.h for vectors of kLanes floats. avx2.cc and avx512.cc include this file after they have
// defined MAZESCAN_LANES, and are compiled for their instruction sets: the compiler's vectors become its registers.
// Everything is in an unnamed namespace, because both files define the same names, and calls no inline function of a
// library, which the linker might then take from here for processors without the instruction set.
#pragma once
#include <cstring>

#include "policy/kernels/kernels.h"

namespace mazescan::policy::kernels {

namespace {

#define MAZESCAN_INLINE inline __attribute__((always_inline))

constexpr int kLanes = MAZESCAN_LANES;
using Vector = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));
using Mask = int32_t __attribute__((vector_size(kLanes * sizeof(float))));

MAZESCAN_INLINE Vector load(const float* from) {
  return *reinterpret_cast<const Vector*>(from);
}

MAZESCAN_INLINE void store(float* to, Vector vector) {
  *reinterpret_cast<Vector*>(to) = vector;
}

// Registers decide how many sums are computed at once: with 32 of them, rows of 14 cells times 2 vectors; with 16,
// rows of 6 times 2.
constexpr int kMaxCells = kLanes == 16 ? 14 : 6;

int64_t scratch_size(const Convolution& sizes) {
  return (sizes.height + 2) * (sizes.width + 2) * sizes.inputs;
}

void copy_padded(const Convolution& sizes, const float* image, float* padded) {
  const int64_t row = sizes.width * sizes.inputs;
  for (int64_t y = 0; y < sizes.height; ++y)
    memcpy(padded + ((y + 1) * (sizes.width + 2) + 1) * sizes.inputs, image + y * row,
           static_cast<size_t>(row) * sizeof(float));
}

// Computes `Rows` x `Cells` cells of an output map, `Vectors` vectors of channels. In a row of the padded input, the
// 3 x inputs values under a row of the weights are side by side.
template <int Rows, int Cells, int Vectors>
void convolve_block(const Convolution& sizes, const float* padded, const float* weights, const float* bias,
                    float* output) {
  const int64_t padded_row = (sizes.width + 2) * sizes.inputs, output_row = sizes.width * sizes.outputs;
  Vector sum[Rows][Cells][Vectors];
#pragma GCC unroll 4
  for (int y = 0; y < Rows; ++y)
#pragma GCC unroll 16
    for (int x = 0; x < Cells; ++x)
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) sum[y][x][v] = load(bias + v * kLanes);
  for (int row = 0; row < 3; ++row) {
    const float* values = padded + row * padded_row;
    for (int64_t i = 0; i < 3 * sizes.inputs; ++i, weights += sizes.outputs) {
      Vector weight[Vectors];
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) weight[v] = load(weights + v * kLanes);
#pragma GCC unroll 4
      for (int y = 0; y < Rows; ++y)
#pragma GCC unroll 16
        for (int x = 0; x < Cells; ++x) {
          const float value = values[y * padded_row + x * sizes.inputs + i];
#pragma GCC unroll 2
          for (int v = 0; v < Vectors; ++v) sum[y][x][v] += weight[v] * value;
        }
    }
  }
#pragma GCC unroll 4
  for (int y = 0; y < Rows; ++y)
#pragma GCC unroll 16
    for (int x = 0; x < Cells; ++x)
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v)
        store(output + y * output_row + x * sizes.outputs + v * kLanes, sum[y][x][v]);
}

using ConvolveBlock = void (*)(const Convolution&, const float*, const float*, const float*, float*);

// The block of `cells` cells in each of as many rows as fit the registers, but at most `rows`. Returns the number of
// rows through `used`.
template <int Vectors, int Cells = kMaxCells>
ConvolveBlock choose_block(int64_t rows, int64_t cells, int64_t* used) {
  if constexpr (Cells > 1) {
    if (cells < Cells) return choose_block<Vectors, Cells - 1>(rows, cells, used);
  }
  constexpr int kRows = kMaxCells / Cells >= 4 ? 4 : kMaxCells / Cells;
  *used = rows >= kRows ? kRows : 1;
  return rows >= kRows ? convolve_block<kRows, Cells, Vectors> : convolve_block<1, Cells, Vectors>;
}

template <int Vectors>
void convolve_image(const Convolution& sizes, const float* padded, const float* weights, const float* bias,
                    float* output) {
  const int64_t blocks = (sizes.width + kMaxCells - 1) / kMaxCells;
  for (int64_t block = 0, x = 0; block < blocks; ++block) {
    const int64_t end = sizes.width * (block + 1) / blocks;
    for (int64_t y = 0, rows = 0; y < sizes.height; y += rows) {
      const ConvolveBlock compute = choose_block<Vectors>(sizes.height - y, end - x, &rows);
      compute(sizes, padded + (y * (sizes.width + 2) + x) * sizes.inputs, weights, bias,
              output + (y * sizes.width + x) * sizes.outputs);
    }
    x = end;
  }
}

void convolve(const Convolution& sizes, int64_t images, const float* input, const float* weights,
              const float* bias, float* output, float* padded) {
  for (int64_t image = 0; image < images; ++image) {
    copy_padded(sizes, input, padded);
    int64_t channel = 0;
    for (; channel + 2 * kLanes <= sizes.outputs; channel += 2 * kLanes)
      convolve_image<2>(sizes, padded, weights + channel, bias + channel, output + channel);
    for (; channel < sizes.outputs; channel += kLanes)
      convolve_image<1>(sizes, padded, weights + channel, bias + channel, output + channel);
    input += sizes.height * sizes.width * sizes.inputs;
    output += sizes.height * sizes.width * sizes.outputs;
  }
}

// Adds an image's gradient of `Weights` weights from neighbouring inputs, `Vectors` vectors of channels.
template <int Weights, int Vectors>
void add_weight_block(const Convolution& sizes, const float* padded, const float* gradient,
                      float* weight_gradient) {
  Vector sum[Weights][Vectors] = {};
  const int64_t padded_row = (sizes.width + 2) * sizes.inputs;
  for (int64_t y = 0; y < sizes.height; ++y) {
    const float* values = padded + y * padded_row;
    for (int64_t x = 0; x < sizes.width; ++x, values += sizes.inputs, gradient += sizes.outputs) {
      Vector slope[Vectors];
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) slope[v] = load(gradient + v * kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < Weights; ++i) {
        const float value = values[i];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) sum[i][v] += slope[v] * value;
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Weights; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) {
      float* to = weight_gradient + i * sizes.outputs + v * kLanes;
      store(to, load(to) + sum[i][v]);
    }
}

constexpr int kMaxWeights = kLanes == 16 ? 12 : 6;

template <int Vectors, int Weights = kMaxWeights>
void add_some_weights(int64_t weights, const Convolution& sizes, const float* padded, const float* gradient,
                      float* weight_gradient) {
  if (weights == Weights) return add_weight_block<Weights, Vectors>(sizes, padded, gradient, weight_gradient);
  if constexpr (Weights > 1)
    add_some_weights<Vectors, Weights - 1>(weights, sizes, padded, gradient, weight_gradient);
}

template <int Vectors>
void add_image_weights(const Convolution& sizes, const float* padded, const float* gradient,
                       float* weight_gradient, float* bias_gradient) {
  const int64_t in_row = 3 * sizes.inputs, blocks = (in_row + kMaxWeights - 1) / kMaxWeights;
  for (int64_t row = 0; row < 3; ++row)
    for (int64_t block = 0; block < blocks; ++block) {
      const int64_t first = in_row * block / blocks, end = in_row * (block + 1) / blocks;
      add_some_weights<Vectors>(end - first, sizes, padded + row * (sizes.width + 2) * sizes.inputs + first,
                                gradient, weight_gradient + (row * in_row + first) * sizes.outputs);
    }
  Vector sum[Vectors] = {};
  for (int64_t cell = 0; cell < sizes.height * sizes.width; ++cell)
    for (int v = 0; v < Vectors; ++v) sum[v] += load(gradient + cell * sizes.outputs + v * kLanes);
  for (int v = 0; v < Vectors; ++v)
    store(bias_gradient + v * kLanes, load(bias_gradient + v * kLanes) + sum[v]);
}

void add_weight_gradient(const Convolution& sizes, int64_t images, const float* input, const float* gradient,
                         float* weight_gradient, float* bias_gradient, float* padded) {
  for (int64_t image = 0; image < images; ++image) {
    copy_padded(sizes, input, padded);
    int64_t channel = 0;
    for (; channel + 2 * kLanes <= sizes.outputs; channel += 2 * kLanes)
      add_image_weights<2>(sizes, padded, gradient + channel, weight_gradient + channel,
                           bias_gradient + channel);
    for (; channel < sizes.outputs; channel += kLanes)
      add_image_weights<1>(sizes, padded, gradient + channel, weight_gradient + channel,
                           bias_gradient + channel);
    input += sizes.height * sizes.width * sizes.inputs;
    gradient += sizes.height * sizes.width * sizes.outputs;
  }
}

// The cells of the window of a pooled cell, cut off at the map's border.
struct Window {
  int64_t top, bottom, left, right;  // the last two of each pair are not part of it
};

MAZESCAN_INLINE Window window(const Pooling& sizes, int64_t y, int64_t x) {
  return {y == 0 ? 0 : 2 * y - 1, 2 * y + 2 < sizes.height ? 2 * y + 2 : sizes.height,  //
          x == 0 ? 0 : 2 * x - 1, 2 * x + 2 < sizes.width ? 2 * x + 2 : sizes.width};
}

void max_pool(const Pooling& sizes, int64_t images, const float* input, float* output) {
  for (int64_t image = 0; image < images; ++image) {
    for (int64_t y = 0; y < sizes.pooled_height(); ++y)
      for (int64_t x = 0; x < sizes.pooled_width(); ++x) {
        const Window cells = window(sizes, y, x);
        for (int64_t channel = 0; channel < sizes.channels; channel += kLanes) {
          const float* from = input + channel;
          Vector largest = load(from + (cells.top * sizes.width + cells.left) * sizes.channels);
          for (int64_t row = cells.top; row < cells.bottom; ++row)
            for (int64_t column = cells.left; column < cells.right; ++column) {
              const Vector value = load(from + (row * sizes.width + column) * sizes.channels);
              largest = (value > largest) | (value != value) ? value : largest;
            }
          store(output + channel, largest);
        }
        output += sizes.channels;
      }
    input += sizes.height * sizes.width * sizes.channels;
  }
}

void add_max_pool_gradient(const Pooling& sizes, int64_t images, const float* input, const float* output,
                           const float* gradient, float* input_gradient) {
  const Vector zero = {};
  for (int64_t image = 0; image < images; ++image) {
    for (int64_t y = 0; y < sizes.pooled_height(); ++y)
      for (int64_t x = 0; x < sizes.pooled_width(); ++x) {
        const Window cells = window(sizes, y, x);
        for (int64_t channel = 0; channel < sizes.channels; channel += kLanes) {
          const Vector largest = load(output + channel);
          Vector left = load(gradient + channel);
          for (int64_t row = cells.top; row < cells.bottom; ++row)
            for (int64_t column = cells.left; column < cells.right; ++column) {
              const int64_t cell = (row * sizes.width + column) * sizes.channels + channel;
              const Mask here = load(input + cell) == largest;
              store(input_gradient + cell, load(input_gradient + cell) + (here ? left : zero));
              left = here ? zero : left;
            }
        }
        output += sizes.channels;
        gradient += sizes.channels;
      }
    input += sizes.height * sizes.width * sizes.channels;
    input_gradient += sizes.height * sizes.width * sizes.channels;
  }
}

}  // namespace

}  // namespace mazescan::policy::kernels
