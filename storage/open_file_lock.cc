#include "storage/open_file_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace mazescan::storage {
namespace {

struct flock lock_of_whole_file() {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

LockResult try_lock(int descriptor) {
  struct flock lock = lock_of_whole_file();
  if (::fcntl(descriptor, F_OFD_SETLK, &lock) == 0) return LockResult::taken;
  return errno == EAGAIN || errno == EACCES ? LockResult::held : LockResult::impossible;
}

bool is_locked(int descriptor) {
  struct flock lock = lock_of_whole_file();
  return ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace mazescan::storage
