#include "storage/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

#include "core/error.h"
#include "core/machine_error.h"
#include "storage/atomic_path.h"
#include "storage/descriptor.h"
#include "storage/retries.h"

namespace mazescan::storage {
namespace fs = std::filesystem;
namespace {

const char* hint_for(int error) {
  switch (error) {
    case ENOENT:
      return "an existing path: check its spelling, or create the folder first";
    case EACCES:
    case EPERM:
      return "a path that this user may access: change its permissions, or choose another path";
    case EROFS:
      return "a path on a file system that is not read-only";
    case ENOSPC:
    case EDQUOT:
      return "free some disk space (or raise the quota), or choose another folder";
    case EFBIG:
      return "a higher limit on the size of files (ulimit -f)";
    case EISDIR:
      return "a file, not a folder";
    case ENOTDIR:
      return "a path whose parents are folders";
    case EEXIST:
    case ENOTEMPTY:
      return "a name that does not exist yet";
    case ENAMETOOLONG:
      return "a shorter name";
    case EMFILE:
    case ENFILE:
      return "fewer open files, or a higher limit (ulimit -n)";
    default:
      return "a path on another file system; see the system log for the cause";
  }
}

}  // namespace

void throw_file_error(const std::string& action, const fs::path& path, int error) {
  const std::string problem = fmt::format("cannot {} {}", action, path.string());
  if (is_passing_fault(error))
    throw MachineError(problem, std::strerror(error),
                       "the same command again; see the system log for the cause");
  throw UserError(problem, std::strerror(error), hint_for(error));
}

namespace {

// Writes a new file `path`. Error messages name `named`.
void write_as(const fs::path& path, const fs::path& named, std::string_view bytes) {
  Descriptor file(path, named, O_WRONLY | O_CREAT | O_EXCL, "create");
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_file_error("write", named, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  file.close_checked();
}

}  // namespace

void write_atomically(const fs::path& path, std::string_view bytes) {
  with_retries([&] {  // from the start: what a failed fsync has lost is unknown
    AtomicPath target(path);
    write_as(target.temporary(), path, bytes);
    target.commit();
  });
}

void write_new_file(const fs::path& path, std::string_view bytes) {
  write_as(path, path, bytes);
}

namespace {

void require_size(const fs::path& path, uint64_t bytes, uint64_t max_bytes) {
  require(bytes <= max_bytes, lazy("cannot read {}: it is too large, {} bytes", path.string(), bytes),
          lazy("a file of this kind has at most {} bytes", max_bytes),
          "the path of the right file, or an undamaged copy");
}

std::string read_up_to(const fs::path& path, uint64_t max_bytes) {
  // O_NONBLOCK: a pipe in place of the file must not block.
  const Descriptor file(path, O_RDONLY | O_NONBLOCK, "read");
  struct stat info;
  if (::fstat(file.get(), &info) != 0) throw_file_error("read", path, errno);
  if (S_ISDIR(info.st_mode)) throw_file_error("read", path, EISDIR);
  require(S_ISREG(info.st_mode), lazy("cannot read {}", path.string()), "it is not a regular file",
          "a file on disk");
  require_size(path, static_cast<uint64_t>(info.st_size), max_bytes);
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t size = 0;
  while (true) {  // until the end is read: the size may have changed, and is zero for files of /proc
    if (size == bytes.size()) bytes.resize(size + 4096);
    const ssize_t got = ::read(file.get(), &bytes[size], bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_file_error("read", path, errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
    require_size(path, size, max_bytes);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::string read_file(const fs::path& path, uint64_t max_bytes) {
  try {
    std::string bytes;
    with_retries([&] { bytes = read_up_to(path, max_bytes); });
    return bytes;
  } catch (const std::bad_alloc&) {
    throw UserError(fmt::format("cannot read {}", path.string()),
                    "it does not fit into the memory of this machine",
                    "the path of the right file, or a machine with more memory");
  }
}

void append_bytes(const fs::path& path, std::string_view bytes) {
  Descriptor file(path, O_WRONLY | O_APPEND | O_CREAT, "append to");
  ssize_t written;
  do written = ::write(file.get(), bytes.data(), bytes.size());
  while (written < 0 && errno == EINTR);
  if (written < 0) throw_file_error("append to", path, errno);
  if (static_cast<size_t>(written) != bytes.size()) throw_file_error("append to", path, ENOSPC);
  file.close_checked();
}

void append_line(const fs::path& path, std::string_view line) {
  append_bytes(path, std::string(line) + "\n");
}

void make_directories(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error && !fs::is_directory(folder, error)) error.assign(ENOTDIR, std::generic_category());
  if (error) throw_file_error("create folder", folder, error.value());
}

}  // namespace mazescan::storage
