#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace mazescan::storage {

// Exclusive advisory lock (see open_file_lock.h) on the file `path`; released on destruction or when the process exits. The
// file is kept; it names the holder: host, process, job of the scheduler, time. Over NFS the server holds the
// lock: that of a lost node is released when its lease expires, about 90 s later. On a file system without
// locks a warning is logged, and two jobs do not exclude each other.
class JobLock {
 public:
  // Waits up to `timeout_s` seconds until the lock is free.
  //   name: of the locked thing, for messages: "the run directory runs/a"
  // Throws UserError that names the holder, or if the file cannot be created.
  JobLock(const std::filesystem::path& path, const std::string& name, double timeout_s = 0);
  ~JobLock();
  JobLock(const JobLock&) = delete;
  JobLock& operator=(const JobLock&) = delete;

  // Throws UserError if the file was deleted or replaced: then another job may have taken a lock beside this one.
  // Holders call this before they write.
  void require_held() const;

 private:
  std::filesystem::path path_;
  std::string name_;
  int file_ = -1;
};

// Waits up to `timeout_s` seconds until the lock is free, without taking it.
// Throws UserError as JobLock does.
void wait_until_free(const std::filesystem::path& path, const std::string& name, double timeout_s);

// Returns the holder of the lock, nothing if it is free. Does not take the lock.
std::optional<std::string> lock_holder(const std::filesystem::path& path);

}  // namespace mazescan::storage
