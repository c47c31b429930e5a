#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mazescan::storage {

// IEEE 754 binary16, as stored in memory and in files: 1 sign, 5 exponent (bias 15), 10 mantissa bits.
struct Float16 {
  uint16_t bits = 0;
};

// Rounds to nearest, ties to even, including subnormals, infinities and NaN. Finite values of magnitude 65520
// and above become infinite. A NaN becomes a quiet NaN with the upper bits of its payload.
Float16 to_float16(float value);
float to_float32(Float16 value);  // exact

struct Float16Array {
  std::vector<Float16> values;
  int64_t overflowed = 0;  // finite values that became infinite
};
Float16Array to_float16(const float* values, size_t count);
std::vector<float> to_float32(const std::vector<Float16>& values);

}  // namespace mazescan::storage
