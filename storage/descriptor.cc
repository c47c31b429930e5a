#include "storage/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "storage/atomic_file.h"

namespace mazescan::storage {
namespace fs = std::filesystem;

Descriptor::Descriptor(const fs::path& path, int flags, const char* action)
    : Descriptor(path, path, flags, action) {}

Descriptor::Descriptor(const fs::path& path, const fs::path& named, int flags, const char* action)
    : named_(named) {
  do descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) throw_file_error(action, named, errno);
}

Descriptor::~Descriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Descriptor::sync() {
  if (::fsync(descriptor_) != 0 && errno != EINVAL) throw_file_error("write to disk", named_, errno);
}

void Descriptor::close_checked() {
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (::close(descriptor) != 0 && errno != EINTR) throw_file_error("write", named_, errno);
}

}  // namespace mazescan::storage
