#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace mazescan {

// Keeps other jobs away from what `path`, a lock file, stands for, until it is destroyed or its process ends
// in whatever way. The file stays and tells who holds it: host, process, scheduler's job, time. The kernel
// keeps the lock (fcntl), over NFS its server: a lost node's lock is free when its lease has run out, about
// 90 s later. A file system without locks is warned of, and there two jobs do not notice each other.
class JobLock {
 public:
  // Waits up to `patience` seconds for the holder to end. Throws UserError that names the holder, or if the
  // file cannot be made. what: of the message, "the run directory runs/a".
  JobLock(const std::filesystem::path& path, const std::string& what, double patience = 0);
  ~JobLock();
  JobLock(const JobLock&) = delete;
  JobLock& operator=(const JobLock&) = delete;

 private:
  int file_ = -1;
};

// Waits up to `patience` seconds until nobody holds the lock, and takes none itself. Throws UserError as
// JobLock does.
void wait_until_free(const std::filesystem::path& path, const std::string& what, double patience);

// Who holds the lock, nothing if nobody does. Takes no lock itself, so it disturbs nobody.
std::optional<std::string> lock_holder(const std::filesystem::path& path);

}  // namespace mazescan
