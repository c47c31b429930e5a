// Refuses a virtual dataset before libhdf5 opens it, because 1.10.8 overruns a buffer on a hostile one. For
// this the header of the object is read here, up to its messages of type "data layout".
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "storage/hdf5/detail.h"

namespace mazescan::hdf5::detail {
namespace {

constexpr unsigned kLayoutMessage = 0x08, kContinuationMessage = 0x10;
constexpr int kMaxLayout = 3;           // version of HDF5 1.8; version 4 has virtual datasets
constexpr size_t kMaxBytes = 16 << 20;  // of a block of a header
constexpr size_t kMaxBlocks = 1000;     // of a header

struct Block {
  uint64_t at, bytes;
};

// A block of a file with a reading position for little-endian numbers.
class Bytes {
 public:
  Bytes(int file, Block block) : bytes_(static_cast<size_t>(block.bytes)) {
    const ssize_t got = ::pread(file, bytes_.data(), bytes_.size(), static_cast<off_t>(block.at));
    bytes_.resize(got < 0 ? 0 : static_cast<size_t>(got));
  }
  size_t left() const { return bytes_.size() - at_; }
  bool starts_with(const char* signature) const {
    return left() >= 4 && std::memcmp(&bytes_[at_], signature, 4) == 0;
  }
  // Reads a number; bytes after the end of the block are zero.
  uint64_t number(size_t width) {
    uint64_t value = 0;
    for (size_t i = 0; i < width && at_ + i < bytes_.size(); ++i)
      value |= static_cast<uint64_t>(bytes_[at_ + i]) << (8 * i);
    skip(width);
    return value;
  }
  void skip(size_t count) { at_ += std::min(count, left()); }

 private:
  std::vector<unsigned char> bytes_;
  size_t at_ = 0;
};

// The first block of a header, and the format of its messages.
struct Header {
  Block messages;
  bool is_old;             // version 1: types of two bytes, three bytes of padding
  bool has_order = false;  // version 2: messages with a creation order
};

std::optional<Header> read_header(int file, uint64_t at) {
  Bytes start(file, {at, 64});
  if (!start.starts_with("OHDR")) {
    if (start.number(1) != 1) return std::nullopt;
    start.skip(7);  // padding, number of messages, links
    return Header{{at + 16, start.number(4)}, true};
  }
  start.skip(5);
  const uint64_t flags = start.number(1);
  const size_t optional = (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0), width = size_t{1} << (flags & 3);
  start.skip(optional);
  const uint64_t bytes = start.number(width);
  return Header{{at + 6 + optional + width, bytes}, false, (flags & 4) != 0};
}

// Returns whether all layout messages of the header have versions without virtual datasets.
bool has_plain_layout(int file, const Header& header) {
  std::vector<Block> blocks = {header.messages};
  for (size_t b = 0; b < blocks.size(); ++b) {
    if (blocks.size() > kMaxBlocks || blocks[b].bytes > kMaxBytes) return false;
    Bytes messages(file, blocks[b]);
    const size_t head = header.is_old ? 8 : header.has_order ? 6 : 4;
    while (messages.left() >= head) {
      const uint64_t type = messages.number(header.is_old ? 2 : 1), bytes = messages.number(2);
      messages.skip(head - (header.is_old ? 4 : 3));
      if (bytes > messages.left()) break;  // the checksum at the end, or damage that libhdf5 detects
      const size_t end = messages.left() - static_cast<size_t>(bytes);
      if (type == kLayoutMessage && messages.number(1) > kMaxLayout) return false;
      if (type == kContinuationMessage) {
        const uint64_t at = messages.number(8), length = messages.number(8);
        // In version 2 the signature "OCHK" precedes the messages.
        blocks.push_back(header.is_old ? Block{at, length} : Block{at + 4, length < 4 ? 0 : length - 4});
      }
      messages.skip(messages.left() - end);
    }
  }
  return true;
}

// A file descriptor that is closed on destruction.
struct Opened {
  explicit Opened(const std::filesystem::path& path) : file(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Opened() {
    if (file >= 0) ::close(file);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  int file;
};

}  // namespace

void refuse_virtual(hid_t file, const Place& place) {
  unsigned intent = 0;
  if (H5Fget_intent(file, &intent) < 0) place.unreadable();
  if (intent != H5F_ACC_RDONLY) return;  // our own new file
  const Handle creation(H5Fget_create_plist(file), H5Pclose);
  hsize_t user_block = 0;
  size_t address_bytes = 0, length_bytes = 0;
  if (H5Pget_userblock(creation, &user_block) < 0 ||
      H5Pget_sizes(creation, &address_bytes, &length_bytes) < 0)
    place.unreadable();
  if (user_block != 0 || address_bytes != 8 || length_bytes != 8)
    place.refuse("its file has an unusual layout", "a file with addresses of 8 bytes and no user block");
  H5O_info_t info;
  if (H5Oget_info_by_name2(file, place.object.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
    place.unreadable();
  const Opened opened(place.file);
  const auto header = opened.file < 0 ? std::nullopt : read_header(opened.file, info.addr);
  if (!header || !has_plain_layout(opened.file, *header))
    place.refuse("it is a virtual dataset, or stored in a way that HDF5 1.8 does not support",
                 "a dataset that contains its values");
}

}  // namespace mazescan::hdf5::detail
