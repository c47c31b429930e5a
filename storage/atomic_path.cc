#include "storage/atomic_path.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.h"
#include "storage/atomic_file.h"
#include "storage/descriptor.h"
#include "storage/open_file_lock.h"

namespace mazescan::storage {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMark = ".tmp-";     // .NAME.tmp-N
constexpr const char* kContent = "new";    // what becomes the target
constexpr const char* kLockFile = "lock";  // held by the writer
constexpr int kMaxWriters = 10000;         // of one target, at a time

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

bool is_same_file(int descriptor, const fs::path& path) {
  struct stat open, named;
  return ::fstat(descriptor, &open) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

// Removes the folder of a temporary and its lock, which `lock` holds. The content goes first, because without a lock
// only an empty folder is removed; the lock is closed before its folder, because NFS keeps open files there.
void remove_temporary(const fs::path& folder, int lock) noexcept {
  std::error_code ignored;
  fs::remove_all(folder / kContent, ignored);
  ::unlink((folder / kLockFile).c_str());
  ::close(lock);
  ::rmdir(folder.c_str());
}

// Makes the folder of a temporary, or opens one that was left, and takes its lock. Returns the open lock file;
// nothing if the folder belongs to another writer. Throws UserError that names `target`.
std::optional<int> take_temporary(const fs::path& folder, const fs::path& target) {
  const fs::path path = folder / kLockFile;
  while (true) {
    const bool made = ::mkdir(folder.c_str(), 0777) == 0;
    if (!made && errno != EEXIST) throw_file_error("create", target, errno);
    const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0666);
    const int error = errno;
    if (lock < 0 && (error == ENOENT || error == EINTR)) continue;  // somebody removed the empty folder
    if (lock < 0 && made) {
      ::rmdir(folder.c_str());
      throw_file_error("create", target, error);
    }
    if (lock < 0) return std::nullopt;
    const LockResult result = try_lock(lock);
    if (result == LockResult::taken &&
        !is_same_file(lock, path)) {  // somebody removed it before it was locked
      ::close(lock);
      continue;
    }
    if (result == LockResult::taken || (result == LockResult::impossible && made)) return lock;
    ::close(lock);
    return std::nullopt;
  }
}

bool is_temporary(const fs::path& path) {
  const std::string name = path.filename().string();
  const size_t mark = name.rfind(kMark);
  if (name[0] != '.' || mark == std::string::npos || mark == 0) return false;
  const std::string number = name.substr(mark + std::string(kMark).size());
  return !number.empty() && number.find_first_not_of("0123456789") == std::string::npos;
}

void remove_if_stale(const fs::path& folder) noexcept {
  const int lock = ::open((folder / kLockFile).c_str(), O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (lock < 0 && errno == ENOENT) ::rmdir(folder.c_str());  // its writer was killed before it had a lock
  if (lock < 0) return;
  if (try_lock(lock) == LockResult::taken && is_same_file(lock, folder / kLockFile))
    remove_temporary(folder, lock);
  else
    ::close(lock);
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

void require_replaceable(const fs::path& target) {
  const std::string name = target.filename().string();
  require(!name.empty() && name != "." && name != "..", lazy("cannot write {}", target.string()),
          "it is not the name of a file", "a path that ends in the name of a file");
  struct stat info;
  if (::stat(folder_of(target).c_str(), &info) != 0) throw_file_error("write", target, errno);
  if (!S_ISDIR(info.st_mode)) throw_file_error("write", target, ENOTDIR);
  // A rename would replace a device or a pipe, such as /dev/null, by a file.
  if (::lstat(target.c_str(), &info) == 0)
    require(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) || S_ISLNK(info.st_mode),
            lazy("cannot write {}", target.string()), "it is a device or a pipe", "the name of a file");
}

}  // namespace

void remove_stale_temporaries(const fs::path& folder) noexcept {
  try {
    std::error_code error;
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (is_temporary(entry.path())) found.push_back(entry.path());
    for (const auto& path : found) remove_if_stale(path);
  } catch (const std::exception&) {  // the folder has changed meanwhile: remaining files are harmless
  }
}

AtomicPath::AtomicPath(fs::path target) : target_(std::move(target)) {
  require_replaceable(target_);
  std::optional<int> lock;
  for (int number = 0; !lock && number < kMaxWriters; ++number) {
    folder_ = folder_of(target_) / fmt::format(".{}{}{}", target_.filename().string(), kMark, number);
    lock = take_temporary(folder_, target_);
  }
  require(lock.has_value(), lazy("cannot write {}", target_.string()),
          lazy("{} others write it, or left {}", kMaxWriters, folder_.string()), "remove what they left");
  lock_ = *lock;
  temporary_ = folder_ / kContent;
  std::error_code error;
  fs::remove_all(temporary_, error);  // left by a killed writer
  if (!error) return;
  remove_temporary(folder_, lock_);
  throw_file_error("write", target_, error.value());
}

AtomicPath::~AtomicPath() {
  remove_temporary(folder_, lock_);
}

void AtomicPath::commit() {
  try {
    sync_tree(temporary_);
  } catch (const fs::filesystem_error& error) {
    throw_file_error("write", target_, error.code().value());
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) throw_file_error("write", target_, errno);
  sync_folder(folder_of(target_));
}

}  // namespace mazescan::storage
