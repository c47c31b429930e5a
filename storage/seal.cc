#include "storage/seal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/error.h"
#include "core/hash.h"
#include "core/json.h"
#include "storage/atomic_file.h"
#include "storage/manifest.h"
#include "storage/retries.h"

namespace mazescan::storage {
namespace fs = std::filesystem;
namespace {

// What is around the hash.
struct Form {
  std::string_view before, after;
  size_t digits = 32;
  size_t size() const { return before.size() + digits + after.size(); }
  std::string with(const std::string& hash) const { return fmt::format("{}{}{}", before, hash, after); }
  bool matches(std::string_view seal) const {
    return seal.size() == size() && seal.substr(0, before.size()) == before &&
           seal.substr(seal.size() - after.size()) == after;
  }
};
constexpr Form kFileSeal{"\nmazescan seal ", "\n"}, kJsonSeal{",\n \"seal\": \"", "\"\n}\n"},
    kLineSeal{",\"seal\":\"", "\"}", 16};

constexpr const char* kUndamaged = "an undamaged copy; or remove it and run the same command again";

[[noreturn]] void damaged(const fs::path& path, const std::string& reason) {
  throw UserError(fmt::format("{} is damaged", path.string()), reason, kUndamaged);
}

// An open regular file. Messages name its path.
class RegularFile {
 public:
  explicit RegularFile(const fs::path& path) : path_(path) {
    // O_NONBLOCK: a pipe in place of the file must not block.
    do descriptor_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    while (descriptor_ < 0 && errno == EINTR);
    if (descriptor_ < 0) throw_file_error("read", path, errno);
    struct stat info;
    const bool known = ::fstat(descriptor_, &info) == 0;
    if (known && S_ISREG(info.st_mode)) {
      bytes_ = static_cast<uint64_t>(info.st_size);
      return;
    }
    const int error = errno;
    ::close(descriptor_);
    if (!known) throw_file_error("read", path, error);
    throw UserError(fmt::format("cannot read {}", path.string()), "it is not a regular file",
                    "a file on disk");
  }
  ~RegularFile() { ::close(descriptor_); }
  RegularFile(const RegularFile&) = delete;
  RegularFile& operator=(const RegularFile&) = delete;

  uint64_t bytes() const { return bytes_; }
  void read(uint64_t at, char* to, size_t count) const {
    while (count > 0) {
      const ssize_t got = ::pread(descriptor_, to, count, static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw_file_error("read", path_, errno);
      if (got == 0) damaged(path_, "it has become shorter while it was read");
      to += got;
      at += static_cast<uint64_t>(got);
      count -= static_cast<size_t>(got);
    }
  }
  void add_to(Hasher& hasher, uint64_t from, uint64_t to) const {
    std::vector<char> piece(size_t{1} << 20);
    for (uint64_t at = from; at < to;) {
      const size_t some = static_cast<size_t>(std::min<uint64_t>(piece.size(), to - at));
      read(at, piece.data(), some);
      hasher.add(piece.data(), some);
      at += some;
    }
  }
  // Returns the seal at the end of the file; "" if there is none.
  std::string seal() const {
    if (bytes_ < kFileSeal.size()) return "";
    std::string text(kFileSeal.size(), '\0');
    read(bytes_ - text.size(), text.data(), text.size());
    return kFileSeal.matches(text) ? text : "";
  }

 private:
  const fs::path& path_;
  int descriptor_ = -1;
  uint64_t bytes_ = 0;
};

}  // namespace

std::string file_seal(const std::string& hash) {
  return kFileSeal.with(hash);
}

std::string sealed_json(const nlohmann::json& object) {
  expect(object.is_object() && !object.empty() && !object.contains("seal"), "an object without a seal");
  std::string text = object.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.resize(text.size() - 2);  // "\n}"
  return text + kJsonSeal.with(hash_hex(text));
}

void require_json_seal(const fs::path& path, std::string_view text) {
  const size_t size = kJsonSeal.size();
  if (text.size() <= size || !kJsonSeal.matches(text.substr(text.size() - size)))
    damaged(path, "it does not end with its seal");
  const std::string_view body = text.substr(0, text.size() - size);
  if (text.substr(body.size()) != kJsonSeal.with(hash_hex(body)))
    damaged(path, "its seal, a hash, does not fit its text");
}

std::string sealed_line(const nlohmann::json& object) {
  expect(object.is_object() && !object.empty() && !object.contains("seal"), "an object without a seal");
  std::string text = object.dump();
  text.pop_back();
  return text + kLineSeal.with(fmt::format("{:016x}", hash64(text)));
}

std::optional<nlohmann::json> read_sealed_line(std::string_view line) {
  nlohmann::json object = parse_json(line);
  if (!object.is_object()) return std::nullopt;
  if (object.erase("seal") == 0) return object;
  if (line.size() < kLineSeal.size()) return std::nullopt;
  const std::string_view body = line.substr(0, line.size() - kLineSeal.size());
  if (line.substr(body.size()) != kLineSeal.with(fmt::format("{:016x}", hash64(body)))) return std::nullopt;
  return object;
}

CheckedFile::CheckedFile(const fs::path& path) : path_(path) {
  with_retries([&] {
    const RegularFile file(path_);
    const std::string seal = file.seal();
    if (seal.empty()) damaged(path, "it does not end with its seal");
    bytes_ = file.bytes();
    Hasher hasher;
    file.add_to(hasher, 0, bytes_ - seal.size());
    if (file_seal(hasher.hex()) != seal) damaged(path, "its seal, a hash, does not fit its bytes");
    hash_ = hasher.add(seal).hex();
  });
}

CheckedFile::CheckedFile(const fs::path& folder, const ManifestFile& listed) : path_(folder / listed.name) {
  with_retries([&] {
    const RegularFile file(path_);
    bytes_ = file.bytes();
    if (bytes_ != listed.bytes)
      damaged(path_, fmt::format("it has {} bytes, the manifest lists {}", bytes_, listed.bytes));
    Hasher hasher;
    file.add_to(hasher, 0, bytes_);
    hash_ = hasher.hex();
  });
  if (hash_ != listed.file_hash)
    damaged(path_, fmt::format("not the bytes that were written: their hash is {}, the manifest lists {}",
                               hash_, listed.file_hash.empty() ? "none" : listed.file_hash));
}

bool has_seal(const fs::path& path) {
  return !RegularFile(path).seal().empty();
}

std::string hash_file(const fs::path& path) {
  const RegularFile file(path);
  Hasher hasher;
  file.add_to(hasher, 0, file.bytes());
  return hasher.hex();
}

}  // namespace mazescan::storage
