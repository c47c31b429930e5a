#include "cluster/surroundings.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/error.h"

namespace mazescan::cluster {
namespace {

// A small training needs so much address space, most of it for libraries; below it OpenBLAS loops for ever.
constexpr uint64_t kMinAddressSpace = uint64_t{2} << 30;
constexpr uint64_t kMinFiles = 64;
constexpr uint64_t kMinFileBytes = 16 << 20;  // MPI's shared memory

template <class Resource>
uint64_t limit(Resource resource) {
  struct rlimit limits = {};
  return getrlimit(resource, &limits) == 0 ? limits.rlim_cur : RLIM_INFINITY;
}

}  // namespace

void prepare_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  // open() returns the smallest free number. stdout is opened for reading, so that a write to it fails.
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF &&
        ::open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0)
      return;
}

void require_limits() {
  const uint64_t space = limit(RLIMIT_AS), files = limit(RLIMIT_NOFILE), bytes = limit(RLIMIT_FSIZE);
  require(space >= kMinAddressSpace, lazy("this process may use {} MiB of address space", space >> 20),
          "libtorch and MPI need more, and would hang or crash",
          lazy("a higher limit (ulimit -v), at least {} kB", kMinAddressSpace >> 10));
  require(files >= kMinFiles, lazy("this process may open {} files", files), "libtorch and MPI need more",
          lazy("a higher limit (ulimit -n), at least {}", kMinFiles));
  require(bytes >= kMinFileBytes, lazy("this process may write files of {} bytes", bytes), "MPI needs more",
          lazy("a higher limit (ulimit -f), at least {} kB", kMinFileBytes >> 10));
}

void require_temporary_folder() {
  const char* const folder = std::getenv("TMPDIR");
  if (folder == nullptr || *folder == '\0') return;
  struct stat info = {};
  const bool is_folder = ::stat(folder, &info) == 0 && S_ISDIR(info.st_mode);
  require(is_folder && ::access(folder, W_OK | X_OK) == 0, lazy("TMPDIR is {}", folder),
          is_folder ? "MPI cannot write there" : "there is no such folder",
          "a folder that exists and in which this user may write, or no TMPDIR: /tmp is used then");
}

void require_printed() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  const int error = errno;
  throw UserError("the output is incomplete",
                  error == 0 ? "not all of it could be written to standard output" : std::strerror(error),
                  "a file on a disk with space, or a program that reads all of it");
}

}  // namespace mazescan::cluster
