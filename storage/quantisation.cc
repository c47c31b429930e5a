#include "storage/quantisation.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mazescan::storage {
namespace {

constexpr int kSignificantBits = 4;

double round_away(float value) {
  int exponent = 0;
  const double mantissa = std::frexp(static_cast<double>(std::abs(value)), &exponent);
  const double rounded =
      std::ldexp(std::ceil(std::ldexp(mantissa, kSignificantBits)), exponent - kSignificantBits);
  const double finite = std::min<double>(rounded, std::numeric_limits<float>::max());
  return value < 0 ? -finite : finite;
}

}  // namespace

Quantisation quantisation_of(float smallest, float largest, int bits) {
  const double lo = smallest < 0 ? round_away(smallest) : 0, hi = largest > 0 ? round_away(largest) : 0;
  return {lo, lo < hi ? hi : 1, bits};
}

template <class Code>
int64_t quantise(const float* values, size_t count, const Quantisation& quantisation, Code* codes) {
  const double lo = quantisation.lo, hi = quantisation.hi, scale = quantisation.max_code() / (hi - lo);
  int64_t clipped = 0;
  for (size_t i = 0; i < count; ++i) {
    const double value = values[i];
    clipped += value < lo || value > hi;
    codes[i] = static_cast<Code>(static_cast<int32_t>((std::clamp(value, lo, hi) - lo) * scale + 0.5));
  }
  return clipped;
}

template <class Code>
void dequantise(const Code* codes, size_t count, const Quantisation& quantisation, float* values) {
  const double lo = quantisation.lo, step = quantisation.step();
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(lo + codes[i] * step);
}

template int64_t quantise(const float*, size_t, const Quantisation&, uint8_t*);
template int64_t quantise(const float*, size_t, const Quantisation&, uint16_t*);
template void dequantise(const uint8_t*, size_t, const Quantisation&, float*);
template void dequantise(const uint16_t*, size_t, const Quantisation&, float*);

}  // namespace mazescan::storage
