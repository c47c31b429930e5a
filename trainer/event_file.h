#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mazescan {

// (name, value) of what is drawn as one chart each.
using Scalars = std::vector<std::pair<std::string, double>>;

// A TensorBoard event file: TFRecords (length and data, each with its masked CRC-32C) of Event messages in
// protobuf's wire format. Only the fields that scalars need are written.
class EventFile {
 public:
  // Goes on after the last whole event of `path` that is not beyond `last_step`; what follows is dropped,
  // because a resumed run writes it again. Creates the file.
  EventFile(std::filesystem::path path, int64_t last_step);
  void append(int64_t step, const Scalars& scalars);

 private:
  std::filesystem::path path_;
};

// CRC-32C (Castagnoli) of `bytes`.
uint32_t crc32c(std::string_view bytes);

}  // namespace mazescan
