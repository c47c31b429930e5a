#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mazescan::trainer {

// (name, value) of numbers, each drawn as a separate chart.
using Scalars = std::vector<std::pair<std::string, double>>;

// A TensorBoard event file: TFRecords (length and data, each with its masked CRC-32C) of Event messages in
// protobuf's wire format. Writes only the fields that scalars need.
class EventFile {
 public:
  // Opens or creates `path` and removes everything after the last complete event up to `last_step`: a resumed
  // run writes it again.
  EventFile(std::filesystem::path path, int64_t last_step);
  void append(int64_t step, const Scalars& scalars);

 private:
  std::filesystem::path path_;
};

// Returns the CRC-32C (Castagnoli) of `bytes`.
uint32_t crc32c(std::string_view bytes);

}  // namespace mazescan::trainer
