#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

// Files read and written whole. All errors are UserErrors with the path and the system's reason, or MachineErrors if
// the fault may pass. Whole reads and writes are tried again after such a fault.
namespace mazescan::storage {

// Throws a UserError such as "cannot write /a/b", with the system's reason for `error` (an errno) and a hint.
[[noreturn]] void throw_file_error(const std::string& action, const std::filesystem::path& path, int error);

// Replaces the file `path` by `bytes`, by way of an AtomicPath: even if the process is killed, the file is the old or
// the new one. After an error the old one is intact and no temporary file is left.
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

}  // namespace mazescan::storage
