#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

// Files that are whole or absent, whatever kills the process: everything is written under a temporary name in
// the same folder, fsynced and renamed. All errors are UserErrors that name the path and the system's reason.
namespace mazescan {

// "cannot write /a/b" with the system's reason for `error` (an errno) and what would help.
[[noreturn]] void throw_file_error(const std::string& action, const std::filesystem::path& path, int error);

// Replaces `path` by `bytes`. On any error the old file is intact and no temporary is left.
void write_atomically(const std::filesystem::path& path, std::string_view bytes);

// Writes a new file as it is, neither atomically nor synced: for files in a folder that AtomicPath commits.
void write_new_file(const std::filesystem::path& path, std::string_view bytes);

// What no policy, metrics or text comes near. More than a job has room for must be told as a fault of the
// file.
constexpr uint64_t kMostFileBytes = uint64_t{4} << 30;

// The whole file, which has at most so many bytes and fits into memory.
std::string read_file(const std::filesystem::path& path, uint64_t most_bytes = kMostFileBytes);

// Appends in a single write, so that records of several writers do not mix; creates the file.
void append_bytes(const std::filesystem::path& path, std::string_view bytes);
// The same with a newline behind.
void append_line(const std::filesystem::path& path, std::string_view line);

// Creates the folder and its parents; an existing folder is fine.
void make_directories(const std::filesystem::path& folder);

// Removes temporaries (files and folders) that dead processes left in `folder`: those of this host whose
// process is gone, and those of other hosts that have not changed for an hour. Never throws: what cannot be
// removed stays.
void remove_stale_temporaries(const std::filesystem::path& folder) noexcept;

// A temporary name beside `target`, for writers that want a file name or fill a folder. What was made there
// is removed on destruction unless committed.
class AtomicPath {
 public:
  // Nothing is created. Throws UserError if the folder of `target` is missing.
  explicit AtomicPath(std::filesystem::path target);
  ~AtomicPath();
  AtomicPath(const AtomicPath&) = delete;
  AtomicPath& operator=(const AtomicPath&) = delete;

  const std::filesystem::path& temporary() const { return temporary_; }
  // fsyncs the file, or the folder and the files in it, renames it to the target, fsyncs the folder around
  // it. A file replaces a file; a folder replaces an empty folder only.
  void commit();

 private:
  std::filesystem::path target_, temporary_;
  bool committed_ = false;
};

}  // namespace mazescan
