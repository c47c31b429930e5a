#pragma once
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace mazescan {

// Limits the memory of the process, until the object is destroyed, to the given number of bytes above its
// present size. Larger allocations throw bad_alloc. Not usable with the address sanitizer, which maps memory
// itself.
class MemoryLimit {
 public:
  explicit MemoryLimit(size_t more_bytes) {
    size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    getrlimit(RLIMIT_AS, &before_);
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<size_t>(sysconf(_SC_PAGESIZE)) + more_bytes;
#ifndef __SANITIZE_ADDRESS__
    setrlimit(RLIMIT_AS, &limit);
#endif
  }
  ~MemoryLimit() {
    setrlimit(RLIMIT_AS, &before_);
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace mazescan
