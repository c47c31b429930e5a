#include "storage/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <new>
#include <system_error>
#include <vector>

#include "core/error.h"
#include "core/machine_error.h"
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

// A file descriptor that is closed on destruction. Only close_checked reports errors of closing.
class Descriptor {
 public:
  // Error messages name `path`, or `named`: the path that the file is renamed to later.
  Descriptor(const fs::path& path, int flags, const char* action) : Descriptor(path, path, flags, action) {}
  Descriptor(const fs::path& path, const fs::path& named, int flags, const char* action) : path_(named) {
    do fd_ = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
    while (fd_ < 0 && errno == EINTR);
    if (fd_ < 0) throw_file_error(action, named, errno);
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  void sync() {
    // Some file systems cannot sync folders and return EINVAL, which is ignored.
    if (::fsync(fd_) != 0 && errno != EINVAL) throw_file_error("write to disk", path_, errno);
  }
  void close_checked() {
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0 && errno != EINTR) throw_file_error("write", path_, errno);
  }

 private:
  fs::path path_;
  int fd_ = -1;
};

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

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

void sync_folder(const fs::path& folder) {
  Descriptor(folder, O_RDONLY | O_DIRECTORY, "open folder").sync();
}

void sync_tree(const fs::path& path) {
  struct stat info;
  if (::lstat(path.c_str(), &info) != 0) throw_file_error("write", path, errno);
  if (S_ISDIR(info.st_mode)) {
    for (const auto& entry : fs::directory_iterator(path)) sync_tree(entry.path());
    sync_folder(path);
  } else if (S_ISREG(info.st_mode)) {
    Descriptor(path, O_RDONLY, "open").sync();
  }
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] ? name : "unknown";
}

constexpr const char* kMark = ".tmp-";  // .<name>.tmp-<host>-<pid>-<count>

// Returns "name) state ..." of a process; "" if the system does not provide it.
std::string name_and_state(pid_t id) {
  std::ifstream file(fmt::format("/proc/{}/stat", id));
  std::string line;
  std::getline(file, line);
  const size_t name = line.find('(');
  return name == std::string::npos ? "" : line.substr(name + 1);
}

// Returns whether a process may still complete its temporary files. A killed process keeps its number until
// its parent has waited for it; and another program may soon get the number of a process that has ended.
bool is_writing(pid_t id) {
  constexpr size_t kPrefix = 8;  // "mazescan", as in mazescan-trainer and mazescan-evaluator
  if (::kill(id, 0) != 0 && errno == ESRCH) return false;
  const std::string other = name_and_state(id), own = name_and_state(::getpid());
  const size_t name_end = other.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= other.size()) return true;
  const char state = other[name_end + 2];
  return state != 'Z' && state != 'X' && other.compare(0, kPrefix, own, 0, kPrefix) == 0;
}

bool is_stale_temporary(const fs::path& path) {
  const std::string name = path.filename().string();
  const size_t mark = name.rfind(kMark);
  if (name.empty() || name[0] != '.' || mark == std::string::npos) return false;
  const std::string rest = name.substr(mark + std::strlen(kMark));
  const size_t count = rest.rfind('-');
  const size_t pid =
      count == std::string::npos || count == 0 ? std::string::npos : rest.rfind('-', count - 1);
  if (pid == std::string::npos) return false;
  const std::string number = rest.substr(pid + 1, count - pid - 1);
  char* end = nullptr;
  const long id = std::strtol(number.c_str(), &end, 10);
  if (number.empty() || *end != '\0' || id <= 0) return false;
  if (rest.substr(0, pid) == host_name()) return !is_writing(static_cast<pid_t>(id));
  struct stat info;
  return ::lstat(path.c_str(), &info) == 0 && std::time(nullptr) - info.st_mtime > 3600;
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

void remove_stale_temporaries(const fs::path& folder) noexcept {
  try {
    std::error_code error;
    std::vector<fs::path> stale;
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (is_stale_temporary(entry.path())) stale.push_back(entry.path());
    for (const auto& path : stale) fs::remove_all(path, error);
  } catch (const std::exception&) {  // the folder has changed meanwhile: remaining files are harmless
  }
}

AtomicPath::AtomicPath(fs::path target) : target_(std::move(target)) {
  static std::atomic<uint64_t> count{0};
  const std::string name = target_.filename().string();
  require(!name.empty() && name != "." && name != "..", lazy("cannot write {}", target_.string()),
          "it is not the name of a file", "a path that ends in the name of a file");
  struct stat info;
  if (::stat(folder_of(target_).c_str(), &info) != 0) throw_file_error("write", target_, errno);
  if (!S_ISDIR(info.st_mode)) throw_file_error("write", target_, ENOTDIR);
  // A rename would replace a device or a pipe, such as /dev/null, by a file.
  if (::lstat(target_.c_str(), &info) == 0)
    require(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) || S_ISLNK(info.st_mode),
            lazy("cannot write {}", target_.string()), "it is a device or a pipe", "the name of a file");
  do {
    temporary_ =
        folder_of(target_) / fmt::format(".{}{}{}-{}-{}", name, kMark, host_name(), ::getpid(), count++);
  } while (::lstat(temporary_.c_str(), &info) == 0);
}

AtomicPath::~AtomicPath() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(temporary_, ignored);
}

void AtomicPath::commit() {
  expect(!committed_, "a single commit");
  try {
    sync_tree(temporary_);
  } catch (const fs::filesystem_error& error) {
    throw_file_error("write", target_, error.code().value());
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) throw_file_error("write", target_, errno);
  committed_ = true;
  sync_folder(folder_of(target_));
}

}  // namespace mazescan::storage
