#include "storage/float16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace mazescan::storage {
namespace {

TEST(Float16, EveryValueRoundTrips) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Float16 half{static_cast<uint16_t>(bits)};
    const float wide = to_float32(half);
    if (std::isnan(wide)) {
      EXPECT_EQ(bits & 0x7c00, 0x7c00u);
      EXPECT_EQ(to_float16(wide).bits, bits | 0x200) << bits;
    } else {
      EXPECT_EQ(to_float16(wide).bits, bits);
    }
  }
}

TEST(Float16, KnownValues) {
  EXPECT_EQ(to_float32(Float16{0x3c00}), 1.0f);
  EXPECT_EQ(to_float32(Float16{0xc000}), -2.0f);
  EXPECT_EQ(to_float32(Float16{0x7bff}), 65504.0f);
  EXPECT_EQ(to_float32(Float16{0x0400}), 0x1p-14f);
  EXPECT_EQ(to_float32(Float16{0x0001}), 0x1p-24f);
  EXPECT_EQ(to_float32(Float16{0x7c00}), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::signbit(to_float32(Float16{0x8000})));
  EXPECT_EQ(to_float16(-0.0f).bits, 0x8000);
  EXPECT_EQ(to_float16(0.1f).bits, 0x2e66);
}

// Between neighbours a < b: values below the middle become a, above it b, and the middle becomes the even
// one.
TEST(Float16, RoundsToNearestEvenEverywhere) {
  for (uint32_t bits = 0; bits < 0x7c00; ++bits) {
    const auto a = static_cast<uint16_t>(bits), b = static_cast<uint16_t>(bits + 1);
    const float low = to_float32(Float16{a}), high = b == 0x7c00 ? 65536.0f : to_float32(Float16{b});
    const float middle = (low + high) / 2;  // exact
    const uint16_t even = a % 2 == 0 ? a : b;
    EXPECT_EQ(to_float16(middle).bits, even) << bits;
    EXPECT_EQ(to_float16(std::nextafter(middle, 0.0f)).bits, a) << bits;
    EXPECT_EQ(to_float16(std::nextafter(middle, 1e9f)).bits, b) << bits;
    EXPECT_EQ(to_float16(-middle).bits, even | 0x8000) << bits;
  }
}

// Processors may have instructions for arrays: they must give the same bits.
TEST(Float16, ArraysGetTheBitsOfSingleValues) {
  std::vector<float> values;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 4093) {
    const auto word = static_cast<uint32_t>(bits);
    float value;
    std::memcpy(&value, &word, sizeof value);
    values.push_back(value);
  }
  for (const size_t count : {values.size(), size_t{13}, size_t{8}, size_t{7}, size_t{0}}) {
    const Float16Array array = to_float16(values.data(), count);
    int64_t overflowed = 0;
    for (size_t i = 0; i < count; ++i) {
      ASSERT_EQ(array.values[i].bits, to_float16(values[i]).bits) << values[i];
      overflowed += std::isfinite(values[i]) && std::fabs(values[i]) >= 65520;
    }
    EXPECT_EQ(array.overflowed, overflowed);
  }
}

TEST(Float16, CountsOnlyFiniteValuesThatOverflow) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float values[] = {65504, 65519, 65520, -1e30f, infinity, -infinity, std::nanf(""), 1e-30f, 1e-40f};
  const Float16Array array = to_float16(values, std::size(values));
  EXPECT_EQ(array.overflowed, 2);
  const std::vector<float> wide = to_float32(array.values);
  EXPECT_EQ(wide[0], 65504);
  EXPECT_EQ(wide[1], 65504);
  EXPECT_EQ(wide[2], infinity);
  EXPECT_EQ(wide[3], -infinity);
  EXPECT_EQ(wide[5], -infinity);
  EXPECT_TRUE(std::isnan(wide[6]));
  EXPECT_EQ(wide[7], 0);
  EXPECT_EQ(wide[8], 0);
}

}  // namespace
}  // namespace mazescan::storage
