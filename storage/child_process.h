#pragma once
#include <sys/resource.h>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace mazescan::storage {

// What a child process may use.
struct ChildLimits {
  uint64_t memory_bytes = 0;  // of address space, beyond what the process has
  rlim_t processor_seconds = 0;
  uint64_t open_files = 0;

  // Returns limits for reading these files and folders: at most 4 GiB and four times their bytes, 10 minutes and a
  // second for each MiB, 1024 open files.
  static ChildLimits for_reading(const std::vector<std::filesystem::path>& paths);
};

// Continues in a child process, because `paths` may be a stranger's and crash a library that reads them. Returns in the
// child, which ends when this process does. This process waits for it and ends with its status; if a signal ended the
// child, it throws UserError with the paths and the signal. No other thread may run.
void continue_in_child(const std::vector<std::filesystem::path>& paths, const ChildLimits& limits);
// The same with ChildLimits::for_reading.
void continue_in_child(const std::vector<std::filesystem::path>& paths);

}  // namespace mazescan::storage
