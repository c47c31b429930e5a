// The kernels of avx512.cc with convolutions by AMX: tiles of 16 cells x 32 products of bfloat16 numbers, whose sums are
// float32.
#include <asm/prctl.h>
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "policy/kernels/kernels.h"

namespace mazescan::policy::kernels {

namespace {

constexpr int64_t kTileRows = 16, kTileProducts = 32;

// A tile has 16 rows of 64 bytes.
struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// The cells of an image as one sequence: rows of the padded map without their first and last one. Between two rows, two
// sums are computed that nobody uses.
struct Sequence {
  int64_t padded_width, cells, tiles;

  explicit Sequence(const Convolution& sizes)
      : padded_width(sizes.width + 2),
        cells(sizes.height * padded_width),
        tiles((cells + 2 * kTileRows - 1) / (2 * kTileRows) * 2) {}  // an even number
  // The cells that tiles read, at most: beyond the end are 2 padded rows, 3 columns and the products of a tile.
  int64_t read() const { return tiles * kTileRows + 2 * padded_width + 3 + kTileProducts; }
};

// The parts of 32 products of a row of weights, 3 x inputs, filled up with zeros.
int64_t parts_of(const Convolution& sizes) {
  return (3 * sizes.inputs + kTileProducts - 1) / kTileProducts;
}

// In floats: the padded map as bfloat16, the weights of all tiles, the sums.
struct Scratch {
  int64_t map, weights, sums;

  explicit Scratch(const Convolution& sizes)
      : map((Sequence(sizes).read() * sizes.inputs + 31) / 32 * 16),
        weights(3 * parts_of(sizes) * kTileProducts * sizes.outputs / 2),
        sums(Sequence(sizes).tiles * kTileRows * sizes.outputs) {}
};

void round_row(const float* from, int64_t count, uint16_t* to) {
  for (int64_t i = 0; i < count; i += 16) {
    const __mmask16 mask = count - i >= 16 ? 0xffff : static_cast<__mmask16>((1U << (count - i)) - 1);
    const __m512 values = _mm512_maskz_loadu_ps(mask, from + i);
    _mm256_mask_storeu_epi16(to + i, mask, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)));
  }
}

void copy_padded(const Convolution& sizes, const float* image, uint16_t* padded) {
  const int64_t row = sizes.width * sizes.inputs;
  for (int64_t y = 0; y < sizes.height; ++y)
    round_row(image + y * row, row, padded + ((y + 1) * (sizes.width + 2) + 1) * sizes.inputs);
}

// Two rows of weights side by side: a tile's row has 16 pairs.
__m512i pair(const float* first, const float* second) {
  const auto rounded = [](const float* row) {
    const __m512 values = row != nullptr ? _mm512_loadu_ps(row) : _mm512_setzero_ps();
    return _mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)));
  };
  return _mm512_or_si512(rounded(first), _mm512_slli_epi32(rounded(second), 16));
}

// Tiles of weights in the order in which convolve_tiles reads them.
void pack(const Convolution& sizes, const float* weights, float* packed) {
  const int64_t in_row = 3 * sizes.inputs;
  for (int64_t channel = 0; channel < sizes.outputs; channel += 16)
    for (int64_t row = 0; row < 3; ++row)
      for (int64_t first = 0; first < parts_of(sizes) * kTileProducts; first += 2, packed += 16) {
        const auto from = [&](int64_t i) {
          return i < in_row ? weights + (row * in_row + i) * sizes.outputs + channel : nullptr;
        };
        _mm512_storeu_si512(packed, pair(from(first), from(first + 1)));
      }
}

// Computes 32 cells, for 32 or 16 channels.
template <bool kBoth>
void convolve_tiles(const Convolution& sizes, const uint16_t* padded, const float* weights, const float* bias,
                    float* sums) {
  const int64_t parts = parts_of(sizes), tile = kTileProducts / 2 * 16, next_channels = 3 * parts * tile;
  const int64_t cell_bytes = sizes.inputs * 2, sum_bytes = sizes.outputs * 4;
  _tile_loadd(0, bias, 0);
  _tile_loadd(1, bias, 0);
  if constexpr (kBoth) {
    _tile_loadd(2, bias + 16, 0);
    _tile_loadd(3, bias + 16, 0);
  }
  for (int64_t row = 0; row < 3; ++row)
    for (int64_t part = 0; part < parts; ++part, weights += tile) {
      const uint16_t* values = padded + row * (sizes.width + 2) * sizes.inputs + part * kTileProducts;
      _tile_loadd(4, values, cell_bytes);
      _tile_loadd(5, values + kTileRows * sizes.inputs, cell_bytes);
      _tile_loadd(6, weights, 64);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 5, 6);
      if constexpr (kBoth) {
        _tile_loadd(7, weights + next_channels, 64);
        _tile_dpbf16ps(2, 4, 7);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
  float* next = sums + kTileRows * sizes.outputs;
  _tile_stored(0, sums, sum_bytes);
  _tile_stored(1, next, sum_bytes);
  if constexpr (kBoth) {
    _tile_stored(2, sums + 16, sum_bytes);
    _tile_stored(3, next + 16, sum_bytes);
  }
}

int64_t scratch_size(const Convolution& sizes) {
  const Scratch scratch(sizes);
  return scratch.map + scratch.weights + scratch.sums;
}

void convolve(const Convolution& sizes, int64_t images, const float* input, const float* weights,
              const float* bias, float* output, float* scratch) {
  const Scratch parts(sizes);
  const Sequence sequence(sizes);
  auto* padded = reinterpret_cast<uint16_t*>(scratch);
  float *packed = scratch + parts.map, *sums = packed + parts.weights;
  const int64_t row = sizes.width * sizes.outputs, channels_of_weights = parts.weights / sizes.outputs;
  pack(sizes, weights, packed);
  const TileConfig config;
  _tile_loadconfig(&config);
  for (int64_t image = 0; image < images; ++image) {
    copy_padded(sizes, input, padded);
    for (int64_t cell = 0; cell < sequence.cells; cell += 2 * kTileRows) {
      const uint16_t* values = padded + cell * sizes.inputs;
      float* to = sums + cell * sizes.outputs;
      int64_t channel = 0;
      for (; channel + 32 <= sizes.outputs; channel += 32)
        convolve_tiles<true>(sizes, values, packed + channel * channels_of_weights, bias + channel,
                             to + channel);
      if (channel < sizes.outputs)
        convolve_tiles<false>(sizes, values, packed + channel * channels_of_weights, bias + channel,
                              to + channel);
    }
    for (int64_t y = 0; y < sizes.height; ++y)
      __builtin_memcpy(output + y * row, sums + y * sequence.padded_width * sizes.outputs,
                       static_cast<size_t>(row) * sizeof(float));
    input += sizes.height * sizes.width * sizes.inputs;
    output += sizes.height * row;
  }
  _tile_release();
}

// True if the processor has the instructions and the system lets this process use the tiles.
bool available() {
  unsigned int a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & (1U << 22)) == 0 || (d & (1U << 24)) == 0)
    return false;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) == 0 || (a & (1U << 5)) == 0) return false;  // AVX-512 BF16
  constexpr int kTileData = 18;
  return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, kTileData) == 0;
}

}  // namespace

extern const Kernels kAvx512Kernels;

const Kernels* amx_kernels() {
  static const Kernels kernels = [] {
    Kernels with_tiles = kAvx512Kernels;
    with_tiles.instruction_set = "AMX";
    with_tiles.scratch_size = scratch_size;
    with_tiles.convolve = convolve;
    return with_tiles;
  }();
  static const bool is_available = available();
  return is_available ? &kernels : nullptr;
}

}  // namespace mazescan::policy::kernels
