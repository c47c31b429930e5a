#include "trainer/event_file.h"

#include <array>
#include <chrono>
#include <cstring>

#include "storage/atomic_file.h"

namespace mazescan::trainer {

namespace {

// Field numbers and wire types of tensorflow/core/util/event.proto and framework/summary.proto.
constexpr uint64_t kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;
constexpr uint64_t kEventWallTime = 1, kEventStep = 2, kEventFileVersion = 3, kEventSummary = 5;
constexpr uint64_t kSummaryValue = 1, kValueTag = 1, kValueSimple = 2;

template <class T>
std::string little_endian(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

std::string field(uint64_t number, uint64_t wire_type, const std::string& value) {
  return varint(number << 3 | wire_type) + (wire_type == kBytes ? varint(value.size()) : "") + value;
}

std::string event(int64_t step, const std::string& content) {
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return field(kEventWallTime, kFixed64, little_endian(now)) +
         field(kEventStep, kVarint, varint(static_cast<uint64_t>(step))) + content;
}

// Masks a CRC as TFRecord does, because a CRC of data that contains CRCs is weak.
uint32_t masked_crc(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xa282ead8U;
}

std::string record(const std::string& data) {
  const std::string length = little_endian(static_cast<uint64_t>(data.size()));
  return length + little_endian(masked_crc(length)) + data + little_endian(masked_crc(data));
}

template <class T>
T number_at(std::string_view bytes, size_t position) {
  T value;
  std::memcpy(&value, bytes.data() + position, sizeof value);
  return value;
}

// Returns the step of an event that event() wrote: its second field.
int64_t step_of(std::string_view data) {
  uint64_t step = 0;
  size_t position = 1 + sizeof(double) + 1;
  for (int shift = 0; position < data.size() && shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(data[position++]);
    step |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return static_cast<int64_t>(step);
}

// Returns the number of leading bytes that are complete events up to `last_step`.
size_t valid_prefix(std::string_view bytes, int64_t last_step) {
  constexpr size_t kHead = 12, kTail = 4;
  size_t begin = 0;
  while (bytes.size() - begin >= kHead + kTail) {
    const auto length = number_at<uint64_t>(bytes, begin);
    if (number_at<uint32_t>(bytes, begin + 8) != masked_crc(bytes.substr(begin, 8)) ||
        length > bytes.size() - begin - kHead - kTail)
      break;
    const std::string_view data = bytes.substr(begin + kHead, length);
    if (number_at<uint32_t>(bytes, begin + kHead + length) != masked_crc(data) || step_of(data) > last_step)
      break;
    begin += kHead + length + kTail;
  }
  return begin;
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t i = 0; i < 256; ++i) {
      made[i] = i;
      for (int bit = 0; bit < 8; ++bit) made[i] = made[i] >> 1 ^ (made[i] & 1 ? 0x82f63b78U : 0);
    }
    return made;
  }();
  uint32_t crc = ~0U;
  for (const char byte : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<uint8_t>(byte)) & 0xff];
  return ~crc;
}

EventFile::EventFile(std::filesystem::path path, int64_t last_step) : path_(std::move(path)) {
  std::string kept;
  if (std::filesystem::exists(path_)) {
    kept = storage::read_file(path_);
    kept.resize(valid_prefix(kept, last_step));
  }
  if (kept.empty()) kept = record(event(0, field(kEventFileVersion, kBytes, "brain.Event:2")));
  storage::write_atomically(path_, kept);
}

void EventFile::append(int64_t step, const Scalars& scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars)
    summary += field(kSummaryValue, kBytes,
                     field(kValueTag, kBytes, tag) +
                         field(kValueSimple, kFixed32, little_endian(static_cast<float>(value))));
  storage::append_bytes(path_, record(event(step, field(kEventSummary, kBytes, summary))));
}

}  // namespace mazescan::trainer
