#include "policy/formats/zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "core/bytes.h"

namespace mazescan::formats {

namespace {

// Signatures and sizes of the parts of a zip (PKWARE's APPNOTE, 4.3).
constexpr uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEnd = 0x06054b50;
constexpr size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kExtraHeader = 4;
constexpr uint64_t kTooLarge = 0xffffffff, kTooMany = 0xffff;  // zip64 values, which are not read
constexpr size_t kAlignment = 64;
constexpr uint16_t kVersion = 20, kStored = 0, kNamesAreUtf8 = 0x0800, kEncrypted = 1;
constexpr uint16_t kDate = (1 << 5) | 1;  // 1980-01-01, the earliest date
constexpr uint16_t kPadding = 0x4246;     // an extra field used as padding, with torch.save's number

[[noreturn]] void damaged(const std::string& name, const std::string& what) {
  throw UserError(fmt::format("{}: {}", name, what), "it is damaged, or not a file of torch.save",
                  "use an undamaged copy, or save it again with torch.save");
}

uint32_t checksum(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// Returns `count` bytes from `offset` on. Sums of 32-bit numbers cannot overflow 64 bits.
std::string_view slice(std::string_view bytes, uint64_t offset, uint64_t count, const std::string& name) {
  if (offset > bytes.size() || count > bytes.size() - offset) damaged(name, "a record is outside the file");
  return bytes.substr(offset, count);
}

template <class... T>
std::string packed(T... values) {
  ByteWriter out;
  (out.put(values), ...);
  return out.take();
}

template <class T>
T number(std::string_view bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace

std::map<std::string, std::string_view> read_zip(std::string_view bytes, const std::string& name) {
  if (bytes.size() < kEndBytes || number<uint32_t>(bytes, bytes.size() - kEndBytes) != kEnd)
    damaged(name, "the zip's directory is not at its end (truncated?)");
  const std::string_view end = bytes.substr(bytes.size() - kEndBytes);
  const auto count = number<uint16_t>(end, 10);
  const auto directory_bytes = number<uint32_t>(end, 12), directory_begin = number<uint32_t>(end, 16);
  require(count != kTooMany && directory_bytes != kTooLarge && directory_begin != kTooLarge,
          lazy("{}: a zip of 4 GiB or more, or of 65535 records or more", name),
          "policies are far smaller, and such files are not read",
          "save model_state_dict alone with torch.save");

  std::string_view directory = slice(bytes, directory_begin, directory_bytes, name);
  std::map<std::string, std::string_view> records;
  std::map<std::string, uint32_t> checksums;
  std::vector<std::pair<uint64_t, uint64_t>> ranges;  // ranges of the file used by records and headers
  for (int i = 0; i < count; ++i) {
    const std::string_view entry = slice(directory, 0, kCentralBytes, name);
    if (number<uint32_t>(entry, 0) != kCentralHeader) damaged(name, "the zip's directory is not one");
    const auto flags = number<uint16_t>(entry, 8), method = number<uint16_t>(entry, 10);
    const auto crc = number<uint32_t>(entry, 16), stored = number<uint32_t>(entry, 20);
    const auto size = number<uint32_t>(entry, 24), begin = number<uint32_t>(entry, 42);
    const auto name_bytes = number<uint16_t>(entry, 28);
    const size_t entry_bytes =
        kCentralBytes + name_bytes + number<uint16_t>(entry, 30) + number<uint16_t>(entry, 32);
    const std::string record(slice(directory, kCentralBytes, name_bytes, name));
    slice(directory, 0, entry_bytes, name);
    directory.remove_prefix(entry_bytes);
    require(
        method == kStored && stored == size && (flags & kEncrypted) == 0,
        lazy("{}: record '{}' is compressed or encrypted", name, record),
        "torch.save stores records as they are; TorchScript modules have compressed ones, which hold code",
        "in Python: torch.save({'model_state_dict': policy.state_dict()}, 'policy.pth')");

    const std::string_view local = slice(bytes, begin, kLocalBytes, name);
    if (number<uint32_t>(local, 0) != kLocalHeader)
      damaged(name, fmt::format("record '{}' does not begin at the offset in the directory", record));
    const uint64_t header = kLocalBytes + number<uint16_t>(local, 26) + number<uint16_t>(local, 28);
    const std::string_view content = slice(bytes, begin + header, size, name);
    if (!records.emplace(record, content).second)
      damaged(name, fmt::format("record '{}' appears twice", record));
    checksums[record] = crc;
    ranges.emplace_back(begin, begin + header + size);
  }
  std::sort(ranges.begin(), ranges.end());
  for (size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].first < ranges[i - 1].second) damaged(name, "records overlap");
  for (const auto& [record, content] : records)
    if (checksum(content) != checksums[record])
      damaged(name, fmt::format("record '{}' does not have its checksum (CRC-32)", record));
  return records;
}

std::string write_zip(const std::vector<std::pair<std::string, std::string_view>>& records) {
  uint64_t total = kEndBytes;
  for (const auto& [name, content] : records)
    total += kLocalBytes + kCentralBytes + 2 * name.size() + 2 * kAlignment + content.size();
  require(total < kTooLarge && records.size() < kTooMany, lazy("a zip of {} bytes", total),
          "torch.save's files are written up to 4 GiB only", "share the policy as safetensors");
  constexpr uint16_t kNone = 0;
  std::string bytes, directory;
  bytes.reserve(total);
  for (const auto& [name, content] : records) {
    const auto begin = static_cast<uint32_t>(bytes.size()), size = static_cast<uint32_t>(content.size());
    const size_t unpadded = bytes.size() + kLocalBytes + name.size() + kExtraHeader;
    const auto padding = static_cast<uint16_t>((kAlignment - unpadded % kAlignment) % kAlignment);
    const std::string both = packed(kVersion, kNamesAreUtf8, kStored, kNone, kDate, checksum(content), size,
                                    size, static_cast<uint16_t>(name.size()));
    bytes += packed(kLocalHeader) + both + packed(static_cast<uint16_t>(kExtraHeader + padding));
    bytes += name;
    bytes += packed(kPadding, padding) + std::string(padding, 'Z');
    bytes += content;
    // No extra field, no comment, the first disk, no attributes.
    directory +=
        packed(kCentralHeader, kVersion) + both + packed(kNone, kNone, kNone, kNone, uint32_t{0}, begin);
    directory += name;
  }
  const auto count = static_cast<uint16_t>(records.size());
  const std::string end = packed(kEnd, kNone, kNone, count, count, static_cast<uint32_t>(directory.size()),
                                 static_cast<uint32_t>(bytes.size()), kNone);
  return bytes + directory + end;
}

}  // namespace mazescan::formats
