#include "storage/child_process.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "core/error.h"

namespace fs = std::filesystem;

namespace mazescan::storage {

namespace {

constexpr uint64_t kGibibyte = uint64_t{1} << 30;
constexpr uint64_t kMebibyte = uint64_t{1} << 20;

uint64_t bytes_of(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return fs::file_size(path, error);
  uint64_t sum = 0;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unreadable;
    if (entry->is_regular_file(unreadable) && !unreadable) sum += entry->file_size(unreadable);
  }
  return sum;
}

// Returns the address space of this process, in bytes.
uint64_t address_space() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

// Lowers a limit of this process. The hard limit of processor time is a second later, so that the signal is SIGXCPU.
template <class Resource>
void lower(Resource resource, rlim_t limit, rlim_t hard) {
  struct rlimit limits = {};
  if (getrlimit(resource, &limits) != 0) return;
  limits.rlim_cur = std::min(limits.rlim_cur, limit);
  limits.rlim_max = std::min(limits.rlim_max, hard);
  setrlimit(resource, &limits);
}

// Prepares the child of process `parent`.
void confine(const ChildLimits& limits, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it ended before that
  const rlim_t memory = address_space() + limits.memory_bytes;
  lower(RLIMIT_AS, memory, memory);
  lower(RLIMIT_CPU, limits.processor_seconds, limits.processor_seconds + 1);
  lower(RLIMIT_NOFILE, limits.open_files, limits.open_files);
  lower(RLIMIT_CORE, 0, 0);
}

}  // namespace

ChildLimits ChildLimits::for_reading(const std::vector<fs::path>& paths) {
  uint64_t bytes = 0;
  for (const fs::path& path : paths) bytes += bytes_of(path);
  return {4 * kGibibyte + 4 * bytes, 600 + bytes / kMebibyte, 1024};
}

void continue_in_child(const std::vector<fs::path>& paths) {
  continue_in_child(paths, ChildLimits::for_reading(paths));
}

void continue_in_child(const std::vector<fs::path>& paths, const ChildLimits& limits) {
  std::fflush(nullptr);
  const pid_t parent = getpid(), child = fork();
  if (child < 0) return;  // no process can be made: this one reads
  if (child == 0) return confine(limits, parent);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  std::vector<std::string> names;
  for (const fs::path& path : paths) names.push_back(path.string());
  throw UserError(fmt::format("{}: reading it ended with signal {} ({})", fmt::join(names, ", "), signal,
                              strsignal(signal)),
                  signal == SIGXCPU
                      ? fmt::format("it took more than {} s of processor time", limits.processor_seconds)
                      : "a library that reads such files did not survive its contents",
                  "another copy of the files; do not use these");
}

}  // namespace mazescan::storage
