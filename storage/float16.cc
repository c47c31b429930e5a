#include "storage/float16.h"

#include <cmath>
#include <cstring>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace mazescan::storage {
namespace {

uint32_t bits_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}
float float_of(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

constexpr uint32_t kInfinity32 = 0x7f800000;
constexpr uint32_t kOverflow = 0x477ff000;  // 65520, halfway between the largest float16 and the next step
constexpr uint32_t kSmallestNormal = 0x38800000;  // 2^-14

}  // namespace

Float16 to_float16(float value) {
  const uint32_t bits = bits_of(value);
  const uint32_t magnitude = bits & 0x7fffffff;
  uint32_t half;
  if (magnitude > kInfinity32) {
    half = 0x7e00 | ((magnitude >> 13) & 0x3ff);
  } else if (magnitude >= kOverflow) {
    half = 0x7c00;
  } else if (magnitude >= kSmallestNormal) {
    const uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);  // may carry into the exponent
    half = (rounded - (112u << 23)) >> 13;                                 // exponent bias 127 -> 15
  } else {
    // From 0.5 on floats are 2^-24 apart, as subnormals of float16 are: the sum is rounded to a multiple.
    half = bits_of(float_of(magnitude) + 0.5f) - bits_of(0.5f);
  }
  return {static_cast<uint16_t>(half | ((bits >> 16) & 0x8000))};
}

float to_float32(Float16 value) {
  const uint32_t sign = static_cast<uint32_t>(value.bits & 0x8000) << 16;
  const uint32_t exponent = (value.bits >> 10) & 0x1f;
  const uint32_t mantissa = value.bits & 0x3ff;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return float_of(sign | wide << 23 | mantissa << 13);
}

namespace {

// Returns how many finite values became infinite.
int64_t convert(const float* values, size_t count, Float16* out) {
  int64_t overflowed = 0;
  for (size_t i = 0; i < count; ++i) {
    out[i] = to_float16(values[i]);
    overflowed += std::isfinite(values[i]) && (out[i].bits & 0x7fff) == 0x7c00;
  }
  return overflowed;
}

#ifdef __x86_64__
// Computes the same bits with an instruction of the processor, five times as fast: recordings convert
// gigabytes.
__attribute__((target("avx,f16c"))) int64_t convert_f16c(const float* values, size_t count, Float16* out) {
  int64_t overflowed = 0;
  size_t i = 0;
  const __m128i magnitude = _mm_set1_epi16(0x7fff), infinity = _mm_set1_epi16(0x7c00);
  for (; i + 8 <= count; i += 8) {
    const __m128i half = _mm256_cvtps_ph(_mm256_loadu_ps(values + i), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), half);
    if (_mm_movemask_epi8(_mm_cmpeq_epi16(_mm_and_si128(half, magnitude), infinity)) != 0)
      overflowed += convert(values + i, 8, out + i);
  }
  return overflowed + convert(values + i, count - i, out + i);
}

// Returns whether this processor converts float16. clang's __builtin_cpu_supports does not know the feature.
bool has_f16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __builtin_cpu_supports("avx") && __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 &&
         (ecx & bit_F16C) != 0;
}
#endif

}  // namespace

Float16Array to_float16(const float* values, size_t count) {
  Float16Array array;
  array.values.resize(count);
#ifdef __x86_64__
  static const bool in_hardware = has_f16c();
  if (in_hardware) {
    array.overflowed = convert_f16c(values, count, array.values.data());
    return array;
  }
#endif
  array.overflowed = convert(values, count, array.values.data());
  return array;
}

std::vector<float> to_float32(const std::vector<Float16>& values) {
  std::vector<float> wide(values.size());
  for (size_t i = 0; i < values.size(); ++i) wide[i] = to_float32(values[i]);
  return wide;
}

}  // namespace mazescan::storage
