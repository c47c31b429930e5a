#include "storage/quantisation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace mazescan::storage {
namespace {

TEST(Quantisation, BoundsOfRectifiedNumbersBeginAtZero) {
  EXPECT_EQ(quantisation_of(0, 3.6F, 8), (Quantisation{0, 3.75, 8}));
  EXPECT_EQ(quantisation_of(0.25F, 3.5F, 16), (Quantisation{0, 3.5, 16}));
  EXPECT_EQ(quantisation_of(-1.01F, 100, 8), (Quantisation{-1.125, 104, 8}));
  EXPECT_EQ(quantisation_of(-3, -2, 8), (Quantisation{-3, 0, 8}));
  EXPECT_EQ(quantisation_of(0, 0, 8), (Quantisation{0, 1, 8}));
  // Numbers that differ in their last bits have equal bounds.
  EXPECT_EQ(quantisation_of(0, std::nextafter(3.6F, 4.F), 8), quantisation_of(0, 3.6F, 8));
  const float largest = std::numeric_limits<float>::max();
  EXPECT_EQ(quantisation_of(-largest, largest, 8), (Quantisation{-largest, largest, 8}));
}

template <class Code>
void expect_codes_return(int bits) {
  for (const auto& [lo, hi] : {std::pair{0.0, 3.75}, {-1.125, 104.0}, {-0x1p127, 0x1p126}}) {
    const Quantisation quantisation{lo, hi, bits};
    std::vector<Code> codes(size_t{1} << bits), again(codes.size());
    std::iota(codes.begin(), codes.end(), Code{0});
    std::vector<float> values(codes.size());
    dequantise(codes.data(), codes.size(), quantisation, values.data());
    EXPECT_EQ(values.front(), static_cast<float>(lo));
    EXPECT_EQ(values.back(), static_cast<float>(hi));
    EXPECT_EQ(quantise(values.data(), values.size(), quantisation, again.data()), 0);
    EXPECT_EQ(again, codes);
  }
}

TEST(Quantisation, EveryCodeReturns) {
  expect_codes_return<uint8_t>(8);
  expect_codes_return<uint16_t>(16);
}

TEST(Quantisation, ErrorsAreAtMostHalfAStep) {
  const Quantisation quantisation{-1.125, 3.75, 8};
  std::vector<float> values;
  for (int i = 0; i <= 10'000; ++i) values.push_back(static_cast<float>(-1.125 + 4.875 * i / 10'000));
  std::vector<uint8_t> codes(values.size());
  EXPECT_EQ(quantise(values.data(), values.size(), quantisation, codes.data()), 0);
  std::vector<float> near(values.size());
  dequantise(codes.data(), codes.size(), quantisation, near.data());
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_LE(std::abs(near[i] - values[i]), quantisation.step() / 2 * 1.000001) << values[i];
}

TEST(Quantisation, NumbersOutsideAreClippedAndCounted) {
  const float values[] = {-0.001F, 0, 1, 1.0001F, 1e30F, 0.5F};
  uint8_t codes[6];
  EXPECT_EQ(quantise(values, 6, {0, 1, 8}, codes), 3);
  const uint8_t due[] = {0, 0, 255, 255, 255, 128};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(codes[i], due[i]) << i;
}

}  // namespace
}  // namespace mazescan::storage
