#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

// Atomic files: complete or absent, even if the process is killed. Everything is written under a temporary
// name in the same folder, fsynced and renamed. All errors are UserErrors with the path and the system's
// reason, or MachineErrors if the fault may pass. Whole reads and writes are tried again after such a fault.
namespace mazescan::storage {

// Throws a UserError such as "cannot write /a/b", with the system's reason for `error` (an errno) and a hint.
[[noreturn]] void throw_file_error(const std::string& action, const std::filesystem::path& path, int error);

// Replaces the file `path` by `bytes`. After an error the old file is intact and no temporary file is left.
void write_atomically(const std::filesystem::path& path, std::string_view bytes);

// Writes a new file, neither atomically nor synced: for files in a folder that AtomicPath commits.
void write_new_file(const std::filesystem::path& path, std::string_view bytes);

// Size limit for files read whole. Larger files are rejected as invalid rather than exhausting memory.
constexpr uint64_t kMaxFileBytes = uint64_t{4} << 30;

// Reads the whole file.
// Throws UserError, also if it has more than `max_bytes` or does not fit into memory.
std::string read_file(const std::filesystem::path& path, uint64_t max_bytes = kMaxFileBytes);

// Appends in a single write, so that records of several writers do not mix. Creates the file if necessary.
void append_bytes(const std::filesystem::path& path, std::string_view bytes);
// Appends `line` and a newline in a single write.
void append_line(const std::filesystem::path& path, std::string_view line);

// Creates the folder and its parents, unless they exist.
void make_directories(const std::filesystem::path& folder);

// Removes temporary files and folders that dead processes left in `folder`: those of this host whose process
// has ended, and those of other hosts that have not changed for an hour. Ignores what cannot be removed.
void remove_stale_temporaries(const std::filesystem::path& folder) noexcept;

// A temporary name beside `target`, for writers that need a file name or fill a folder. Removes what was made
// there on destruction, unless it was committed.
class AtomicPath {
 public:
  // Creates nothing.
  // Throws UserError if the folder of `target` is missing.
  explicit AtomicPath(std::filesystem::path target);
  ~AtomicPath();
  AtomicPath(const AtomicPath&) = delete;
  AtomicPath& operator=(const AtomicPath&) = delete;

  const std::filesystem::path& temporary() const { return temporary_; }
  // Fsyncs the file, or the folder and its files; renames it to the target; fsyncs the parent folder. A file
  // replaces a file; a folder replaces an empty folder only.
  void commit();

 private:
  std::filesystem::path target_, temporary_;
  bool committed_ = false;
};

}  // namespace mazescan::storage
