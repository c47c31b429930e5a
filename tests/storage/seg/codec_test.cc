#include "storage/seg/codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>

#include "core/random.h"

namespace mazescan::seg {
namespace {

constexpr Format kTwoBytes{2, false};

std::vector<char> encode_words(const std::vector<uint16_t>& values, unsigned k) {
  return encode(values.data(), values.size(), kTwoBytes, k);
}

// Returns what decode() reports, or "" if the stream decodes to `values`.
std::string fault_of(const std::vector<char>& stream, const std::vector<uint16_t>& values) {
  std::vector<uint16_t> decoded(values.size(), 0xabab);
  const char* fault = decode(stream.data(), stream.size(), kTwoBytes, decoded.data(), decoded.size());
  return fault != nullptr ? fault : decoded == values ? "" : "other values";
}

// Returns the bits of a stream after its header, as text.
std::string body_bits(const std::vector<char>& stream) {
  std::string bits;
  for (size_t i = kHeaderBytes; i < stream.size(); ++i)
    for (int b = 7; b >= 0; --b) bits += (stream[i] >> b & 1) != 0 ? '1' : '0';
  return bits;
}

std::string body_hex(const std::vector<char>& stream) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string hex;
  for (size_t i = kHeaderBytes; i < stream.size(); ++i) {
    hex += kDigits[static_cast<unsigned char>(stream[i]) >> 4];
    hex += kDigits[stream[i] & 15];
  }
  return hex;
}

TEST(SegCodec, CodeWords) {
  const char* const words[4][6] = {{"1", "01", "0010", "0011", "000100", "000101"},
                                   {"1", "010", "011", "00100", "00101", "00110"},
                                   {"1", "0100", "0101", "0110", "0111", "001000"},
                                   {"1", "01000", "01001", "01010", "01011", "01100"}};
  for (unsigned k = 0; k < 4; ++k)
    for (uint16_t x = 0; x < 6; ++x) {
      const std::string word = words[k][x];
      EXPECT_EQ(code_length(x, k), word.size()) << x << " " << k;
      EXPECT_EQ(body_bits(encode_words({x}, k)), word + std::string(8 - word.size(), '0')) << x << " " << k;
    }
}

TEST(SegCodec, Lengths) {
  const uint32_t at_4[] = {0, 1, 16, 17, 48, 49, 255, 256, 257, 65535}, at_8[] = {0, 1, 255, 256, 257, 65535};
  const unsigned due_4[] = {1, 6, 6, 8, 8, 10, 14, 14, 14, 30}, due_8[] = {1, 10, 10, 10, 12, 26};
  for (size_t i = 0; i < std::size(at_4); ++i) EXPECT_EQ(code_length(at_4[i], 4), due_4[i]) << at_4[i];
  for (size_t i = 0; i < std::size(at_8); ++i) EXPECT_EQ(code_length(at_8[i], 8), due_8[i]) << at_8[i];
  for (uint32_t x = 1; x <= 65535; ++x)
    for (unsigned k = 0; k <= kMaxK; ++k) {
      const auto steps = static_cast<unsigned>(std::log2(((x - 1) >> k) + 1));
      ASSERT_EQ(code_length(x, k), k + 2 + 2 * steps) << x << " " << k;
    }
}

TEST(SegCodec, AVector) {
  const std::vector<uint16_t> values = {0, 0, 3, 0, 1, 0, 0, 12, 0, 0, 0, 0, 1, 2, 0, 0};
  const Counts counts = count_values(values.data(), values.size(), kTwoBytes);
  const struct {
    uint64_t bits;
    const char* hex;
  } due[] = {
      {31, "cee19e96"}, {32, "c958df4f"}, {33, "da99fe8b80"}, {38, "d5464fd09c"}, {41, "d2a1b7e82380"}};
  for (unsigned k = 0; k < 5; ++k) {
    EXPECT_EQ(total_length(counts, k), due[k].bits) << k;
    EXPECT_EQ(body_hex(encode_words(values, k)), due[k].hex) << k;
  }
  EXPECT_EQ(best_k(counts), 0U);
  EXPECT_EQ(encode_words(values, kBestK), encode_words(values, 0));
  EXPECT_EQ(std::string(encode_words(values, 3).data(), kHeaderBytes),
            std::string("\x01\x03\x04\x10\0\0\0", 7));
}

TEST(SegCodec, AllValuesRoundTripAndHaveTheirLength) {
  std::vector<uint16_t> values(size_t{1}
                               << 17);  // each between zeros: the stream stays shorter than the elements
  for (size_t i = 0; i < values.size(); i += 2) values[i] = static_cast<uint16_t>(i / 2);
  for (unsigned k = 0; k <= kMaxK; ++k) {
    for (const bool is_signed : {false, true}) {
      const Format format{2, is_signed};
      const auto stream = encode(values.data(), values.size(), format, k);
      const uint64_t bits = total_length(count_values(values.data(), values.size(), format), k);
      EXPECT_EQ(stream.size(), kHeaderBytes + std::min<uint64_t>((bits + 7) / 8, 2 * values.size())) << k;
      std::vector<uint16_t> decoded(values.size());
      ASSERT_EQ(decode(stream.data(), stream.size(), format, decoded.data(), decoded.size()), nullptr);
      EXPECT_EQ(decoded, values) << k;
    }
    for (uint32_t x = 0; x < 65536; x += 251) {
      const std::vector<uint16_t> rare = {static_cast<uint16_t>(x), 0, 0, 0};
      const auto stream = encode_words(rare, k);
      ASSERT_EQ(stream.size() - kHeaderBytes, (code_length(x, k) + 3 + 7) / 8) << x << " " << k;
      ASSERT_EQ(fault_of(stream, rare), "") << x << " " << k;
    }
  }
}

TEST(SegCodec, Bytes) {
  std::vector<uint8_t> values(512);
  for (size_t i = 0; i < values.size(); i += 2) values[i] = static_cast<uint8_t>(i / 2);
  for (unsigned k = 0; k <= kMaxK; ++k)
    for (const bool is_signed : {false, true}) {
      const auto stream = encode(values.data(), values.size(), {1, is_signed}, k);
      std::vector<uint8_t> decoded(values.size());
      ASSERT_EQ(decode(stream.data(), stream.size(), {1, is_signed}, decoded.data(), decoded.size()),
                nullptr);
      EXPECT_EQ(decoded, values) << k;
    }
}

TEST(SegCodec, SignedNumbersOfSmallMagnitudeAreShort) {
  for (const int16_t s : {0, -1, 1, -2, 2, -32768, 32767}) {
    const std::vector<int16_t> values = {s, 0, 0, 0};
    const uint32_t x = static_cast<uint32_t>(s >= 0 ? 2 * s : -2 * s - 1);
    const auto stream = encode(values.data(), values.size(), {2, true}, 0);
    EXPECT_EQ(stream.size() - kHeaderBytes, (code_length(x, 0) + 3 + 7) / 8) << s;
    std::vector<int16_t> decoded(values.size());
    ASSERT_EQ(decode(stream.data(), stream.size(), {2, true}, decoded.data(), decoded.size()), nullptr);
    EXPECT_EQ(decoded, values);
  }
}

TEST(SegCodec, ExtremeStreams) {
  for (const unsigned k : {0U, 7U, 16U, kBestK}) {
    EXPECT_EQ(fault_of(encode_words({}, k), {}), "");
    EXPECT_EQ(encode_words({}, k).size(), kHeaderBytes);
    const std::vector<uint16_t> zeros(1001), largest(1001, 65535);
    EXPECT_EQ(encode_words(zeros, k).size(), kHeaderBytes + 126);  // 1001 bits
    EXPECT_EQ(fault_of(encode_words(zeros, k), zeros), "");
    EXPECT_LE(encode_words(largest, k).size(), kHeaderBytes + 2002);  // as they are
    EXPECT_EQ(fault_of(encode_words(largest, k), largest), "");
  }
}

// A naive search: encodes with each k.
TEST(SegCodec, TheBestKHasTheShortestStream) {
  RandomStream random(1, "codec_test");
  for (int round = 0; round < 100; ++round) {
    std::vector<uint16_t> values(500);
    const unsigned bits = 1 + random.below(15);
    for (auto& value : values)
      value = static_cast<uint16_t>(random.below(3) == 0 ? random.below(1U << bits) : 0);
    size_t shortest = SIZE_MAX;
    for (unsigned k = 0; k <= kMaxK; ++k) shortest = std::min(shortest, encode_words(values, k).size());
    EXPECT_EQ(encode_words(values, kBestK).size(), shortest);
  }
}

// Bits per value of exponential magnitudes, scaled by the largest of them, of which a share is not 0.
TEST(SegCodec, BitsOfSparseValues) {
  const struct {
    double share;
    int bits;
    unsigned k;
    double due, at_0;
  } rows[] = {{0.05, 8, 4, 1.325, 1.419},   {0.05, 16, 12, 1.723, 2.191}, {0.10, 8, 4, 1.622, 1.788},
              {0.10, 16, 12, 2.465, 3.413}, {0.25, 8, 3, 2.483, 2.832},   {0.25, 16, 12, 4.560, 6.824},
              {0.50, 8, 4, 4.025, 4.770},   {0.50, 16, 11, 7.980, 12.385}};
  constexpr size_t kCount = 200'000;
  for (const auto& row : rows) {
    RandomStream random(7, "bits of sparse values");
    std::vector<double> magnitudes(kCount);
    for (double& value : magnitudes)
      if (random.uniform() < row.share) value = -std::log(1 - static_cast<double>(random.uniform()));
    const double largest = *std::max_element(magnitudes.begin(), magnitudes.end());
    std::vector<uint16_t> codes(kCount);
    for (size_t i = 0; i < kCount; ++i)
      codes[i] = static_cast<uint16_t>(std::lround(magnitudes[i] / largest * ((1 << row.bits) - 1)));
    const Counts counts = count_values(codes.data(), kCount, kTwoBytes);
    const auto bits = [&](unsigned k) { return static_cast<double>(total_length(counts, k)) / kCount; };
    // The largest of the values, which scales them, differs between draws.
    EXPECT_NEAR(bits(best_k(counts)), row.due, 0.04 * row.due) << row.share << " " << row.bits;
    EXPECT_NEAR(bits(0), row.at_0, 0.05 * row.at_0) << row.share << " " << row.bits;
    EXPECT_NEAR(best_k(counts), row.k, 1) << row.share << " " << row.bits;
  }
}

TEST(SegCodec, MalformedStreamsAreRefused) {
  const std::vector<uint16_t> values = {0, 0, 3, 0, 1, 0, 0, 12, 0, 0, 0, 0, 1, 2, 0, 0};
  const auto sound = encode_words(values, 0);  // 31 bits
  ASSERT_EQ(fault_of(sound, values), "");
  const auto changed = [&](size_t at, int byte) {
    auto stream = sound;
    stream[at] = static_cast<char>(byte);
    return fault_of(stream, values);
  };
  for (size_t size = 0; size < sound.size(); ++size) {
    const std::vector<char> cut(sound.begin(), sound.begin() + static_cast<int64_t>(size));
    EXPECT_NE(fault_of(cut, values), "") << size;
  }
  EXPECT_EQ(changed(0, 2), "is of another version of the SEG codec than 1");
  EXPECT_EQ(changed(1, 17), "has a k above 16");
  EXPECT_EQ(changed(2, 0), "holds elements of another type");
  EXPECT_EQ(changed(2, 6), "holds elements of another type");
  EXPECT_EQ(changed(2, 12), "holds elements of another type");
  EXPECT_EQ(changed(2, 5), "claims another number of elements than it holds");
  EXPECT_EQ(changed(3, 15), "has a wrong number of elements");
  EXPECT_EQ(changed(6, 1), "claims another number of elements than it holds");
  EXPECT_EQ(changed(10, 0x97), "has bits after its last number");
  auto longer = sound;
  longer.push_back(0);
  EXPECT_EQ(fault_of(longer, values), "is longer than its numbers");
  std::vector<char> zeros = sound;
  std::fill(zeros.begin() + kHeaderBytes, zeros.end(), '\0');
  EXPECT_EQ(fault_of(zeros, values), "has a number that is too large");
  zeros.resize(kHeaderBytes + 2);
  EXPECT_EQ(fault_of(zeros, values), "is cut off");
  const std::vector<uint16_t> large = {65535, 0};
  auto above = encode_words(large, 15);
  ASSERT_EQ(above[2], 4);  // not as it is
  above[2] = 0;
  std::vector<uint8_t> bytes(2);
  EXPECT_STREQ(decode(above.data(), above.size(), {1, false}, bytes.data(), 2),
               "has a number that is too large");
}

}  // namespace
}  // namespace mazescan::seg
