#pragma once
#include <cstddef>
#include <cstdint>

namespace mazescan::storage {

// Numbers as codes of equal steps: code c stands for lo + c * (hi - lo) / (2^bits - 1).
struct Quantisation {
  double lo = 0, hi = 1;  // lo < hi; numbers outside are clipped
  int bits = 8;           // 8 or 16
  bool operator==(const Quantisation& other) const {
    return lo == other.lo && hi == other.hi && bits == other.bits;
  }
  uint32_t max_code() const { return (1U << bits) - 1; }
  double step() const { return (hi - lo) / max_code(); }
};

// Returns a quantisation of the numbers from `smallest` to `largest`. If none is negative, lo is 0, so that 0
// has code 0. Other bounds are rounded away from 0 to 4 significant bits: this leaves room for numbers a little
// larger, and machines whose numbers differ in the last bits find the same bounds.
Quantisation quantisation_of(float smallest, float largest, int bits);

// Stores the nearest code of each number, the upper of two. Returns how many numbers were clipped.
// Code: uint8_t for 8 bits, uint16_t for 16 bits.
template <class Code>
int64_t quantise(const float* values, size_t count, const Quantisation& quantisation, Code* codes);
// Computes in float64 and rounds to float32.
template <class Code>
void dequantise(const Code* codes, size_t count, const Quantisation& quantisation, float* values);

}  // namespace mazescan::storage
