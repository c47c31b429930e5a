#include "storage/seg/codec.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace mazescan::seg {
namespace {

constexpr unsigned kRaw = 1, kZigzag = 2, kTwoBytes = 4;  // flags
constexpr unsigned kMaxZeros = 16;                        // before the first 1 of a code word's number

unsigned flags_of(Format format) {
  return (format.is_signed ? kZigzag : 0) | (format.element_bytes == 2 ? kTwoBytes : 0);
}

unsigned bit_length(uint32_t x) {
  return x == 0 ? 0 : 32 - static_cast<unsigned>(__builtin_clz(x));
}

// Maps elements to the numbers that are coded, and back.
template <class T>
uint32_t to_code(T element, bool is_signed) {
  if (!is_signed) return element;
  using Signed = std::make_signed_t<T>;
  const int32_t s = static_cast<Signed>(element);
  return static_cast<uint32_t>(s >= 0 ? 2 * s : -2 * s - 1);
}
template <class T>
T to_element(uint32_t x, bool is_signed) {
  return static_cast<T>(is_signed ? (x >> 1) ^ (0 - (x & 1)) : x);
}

template <class T>
T element_at(const void* values, size_t i) {
  T element;
  std::memcpy(&element, static_cast<const char*>(values) + i * sizeof(T), sizeof(T));
  return element;
}

// Appends bits, the most significant first.
class BitWriter {
 public:
  explicit BitWriter(char* out) : out_(out) {}
  void write(uint64_t number, unsigned length) {  // length: at most 32
    window_ = window_ << length | number;
    held_ += length;
    if (held_ < 32) return;
    held_ -= 32;
    const uint32_t next = __builtin_bswap32(static_cast<uint32_t>(window_ >> held_));
    std::memcpy(out_, &next, sizeof next);
    out_ += sizeof next;
  }
  // Writes the last bits, and zeros up to a whole byte.
  void finish() {
    for (; held_ > 0; held_ -= std::min(held_, 8U))
      *out_++ = static_cast<char>(held_ < 8 ? window_ << (8 - held_) : window_ >> (held_ - 8));
  }

 private:
  char* out_;
  uint64_t window_ = 0;  // its last `held_` bits are not written yet
  unsigned held_ = 0;
};

// Reads bits through a window whose first bit is the next one. Zeros follow after the end of the stream.
class BitReader {
 public:
  BitReader(const char* bytes, size_t size) : at_(bytes), end_(bytes + size) {}

  // Makes the first 57 bits of the window valid.
  void fill() {
    if (end_ - at_ >= 8) {
      uint64_t next;
      std::memcpy(&next, at_, sizeof next);
      window_ |= __builtin_bswap64(next) >> held_;
      const unsigned bytes = (63 - held_) / 8;
      at_ += bytes;
      held_ += 8 * bytes;
      return;
    }
    for (; held_ <= 56 && at_ < end_; held_ += 8)
      window_ |= uint64_t{static_cast<unsigned char>(*at_++)} << (56 - held_);
  }
  uint64_t window() const { return window_; }
  unsigned held() const { return held_; }
  // Drops bits; returns false if the stream does not have them.
  bool drop(unsigned bits) {
    if (bits > held_) return false;
    window_ = bits == 64 ? 0 : window_ << bits;
    held_ -= bits;
    return true;
  }
  size_t bytes_left() const { return static_cast<size_t>(end_ - at_); }

 private:
  const char *at_, *end_;
  uint64_t window_ = 0;  // bits after the first held_ may be those of the next bytes
  unsigned held_ = 0;
};

constexpr const char *kCutOff = "is cut off", *kTooLarge = "has a number that is too large";

// Reads the code word of a number above 0 into x. Returns as decode().
const char* read_word(BitReader& bits, unsigned k, uint32_t max, uint32_t& x) {
  const uint64_t window = bits.window() << 1;
  const unsigned zeros = window == 0 ? 64 : static_cast<unsigned>(__builtin_clzll(window));
  if (zeros > kMaxZeros) return bits.held() > kMaxZeros + 1 ? kTooLarge : kCutOff;
  const unsigned length = 2 * zeros + 1 + k;
  const auto number = static_cast<uint64_t>(window >> (64 - length));
  if (!bits.drop(1 + length)) return kCutOff;
  const uint64_t value = number - (uint64_t{1} << k) + 1;
  if (value > max) return kTooLarge;
  x = static_cast<uint32_t>(value);
  return nullptr;
}

template <class T>
const char* decode_bits(BitReader bits, unsigned k, bool is_signed, char* values, size_t count) {
  constexpr uint32_t kMax = static_cast<T>(-1);
  for (size_t i = 0; i < count;) {
    bits.fill();
    // Each leading 1 is the code word of a 0.
    const uint64_t inverse = ~bits.window();
    const size_t ones = inverse == 0 ? 64 : static_cast<size_t>(__builtin_clzll(inverse));
    if (ones > 0) {
      const size_t some = std::min({ones, count - i, size_t{bits.held()}});
      std::memset(values + i * sizeof(T), 0, some * sizeof(T));
      bits.drop(static_cast<unsigned>(some));
      i += some;
      continue;
    }
    uint32_t x = 0;
    if (const char* fault = read_word(bits, k, kMax, x)) return fault;
    const T element = to_element<T>(x, is_signed);
    std::memcpy(values + i++ * sizeof(T), &element, sizeof element);
  }
  bits.fill();
  if (bits.bytes_left() > 0 || bits.held() >= 8) return "is longer than its numbers";
  return bits.window() == 0 ? nullptr : "has bits after its last number";
}

template <class T>
Counts count_elements(const void* values, size_t count, bool is_signed) {
  Counts counts(size_t{1} << (8 * sizeof(T)));
  for (size_t i = 0; i < count; ++i) ++counts[to_code(element_at<T>(values, i), is_signed)];
  for (size_t x = 1; x < counts.size(); ++x) counts[x] += counts[x - 1];
  return counts;
}

template <class T>
void encode_bits(const void* values, size_t count, bool is_signed, unsigned k, char* out) {
  BitWriter bits(out);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t x = to_code(element_at<T>(values, i), is_signed);
    // The zeros before the number are those of its own word.
    bits.write(x == 0 ? 1 : x - 1 + (1U << k), code_length(x, k));
  }
  bits.finish();
}

}  // namespace

unsigned code_length(uint32_t x, unsigned k) {
  return x == 0 ? 1 : 2 * bit_length(x - 1 + (1U << k)) - k;
}

Counts count_values(const void* values, size_t count, Format format) {
  return format.element_bytes == 2 ? count_elements<uint16_t>(values, count, format.is_signed)
                                   : count_elements<uint8_t>(values, count, format.is_signed);
}

uint64_t total_length(const Counts& counts, unsigned k) {
  uint64_t bits = counts[0];
  // Lengths are equal between powers of 2 of x - 1 + 2^k.
  for (size_t first = 1; first < counts.size();) {
    const size_t last = std::min(2 * (first - 1) + (size_t{1} << k), counts.size() - 1);
    bits += (counts[last] - counts[first - 1]) * code_length(static_cast<uint32_t>(first), k);
    first = last + 1;
  }
  return bits;
}

unsigned best_k(const Counts& counts) {
  unsigned best = 0;
  for (unsigned k = 1; k <= kMaxK; ++k)
    if (total_length(counts, k) < total_length(counts, best)) best = k;
  return best;
}

std::vector<char> encode(const void* values, size_t count, Format format, unsigned k) {
  const Counts counts = count_values(values, count, format);
  if (k == kBestK) k = best_k(counts);
  const size_t body = (total_length(counts, k) + 7) / 8, raw = count * format.element_bytes;
  const bool is_raw = body > raw;
  std::vector<char> stream(kHeaderBytes + std::min(body, raw));
  stream[0] = static_cast<char>(kVersion);
  stream[1] = static_cast<char>(k);
  stream[2] = static_cast<char>(flags_of(format) | (is_raw ? kRaw : 0));
  for (size_t i = 0; i < 4; ++i) stream[3 + i] = static_cast<char>(count >> (8 * i));
  char* const out = stream.data() + kHeaderBytes;
  if (is_raw)
    std::memcpy(out, values, raw);
  else if (format.element_bytes == 2)
    encode_bits<uint16_t>(values, count, format.is_signed, k, out);
  else
    encode_bits<uint8_t>(values, count, format.is_signed, k, out);
  return stream;
}

const char* read_count(const char* stream, size_t bytes, Format format, size_t& count) {
  const auto byte = [stream](size_t i) { return static_cast<unsigned char>(stream[i]); };
  if (bytes < kHeaderBytes) return kCutOff;
  if (byte(0) != kVersion) return "is of another version of the SEG codec than 1";
  if (byte(1) > kMaxK) return "has a k above 16";
  if ((byte(2) & ~kRaw) != flags_of(format)) return "holds elements of another type";
  count = 0;
  for (size_t i = 0; i < 4; ++i) count |= size_t{byte(3 + i)} << (8 * i);
  const size_t body = bytes - kHeaderBytes;
  if ((byte(2) & kRaw) != 0 ? count != body / format.element_bytes || body % format.element_bytes != 0
                            : count > 8 * body)
    return "claims another number of elements than it holds";
  return nullptr;
}

const char* decode(const char* stream, size_t bytes, Format format, void* values, size_t count) {
  size_t claimed = 0;
  if (const char* fault = read_count(stream, bytes, format, claimed)) return fault;
  if (claimed != count) return "has a wrong number of elements";
  const char* const body = stream + kHeaderBytes;
  auto* const out = static_cast<char*>(values);
  const auto k = static_cast<unsigned char>(stream[1]);
  if ((stream[2] & kRaw) != 0) {
    if (count > 0) std::memcpy(out, body, count * format.element_bytes);
    return nullptr;
  }
  const BitReader bits(body, bytes - kHeaderBytes);
  return format.element_bytes == 2 ? decode_bits<uint16_t>(bits, k, format.is_signed, out, count)
                                   : decode_bits<uint8_t>(bits, k, format.is_signed, out, count);
}

}  // namespace mazescan::seg
