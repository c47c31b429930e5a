#include "storage/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "core/build_info.h"
#include "core/error.h"
#include "core/log.h"
#include "storage/open_file_lock.h"

namespace mazescan::storage {

namespace {

std::string this_job() {
  const auto about = build_and_machine();
  const char* const job = std::getenv("SLURM_JOB_ID");
  return fmt::format("host {}, process {}{}, since {}", about.at("host"), ::getpid(),
                     job ? fmt::format(", Slurm job {}", job) : "", about.at("time"));
}

std::string text_of(int file) {
  char text[512];
  const ssize_t size = ::pread(file, text, sizeof text, 0);
  // A holder writes its name after it has taken the lock.
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "a job that has just started";
}

// Calls `holder` until it returns nothing, for up to `timeout_s` seconds.
template <typename Holder>
void wait_while_held(const Holder& holder, const std::string& name, double timeout_s) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(timeout_s);
  for (bool logged = false;; logged = true) {
    const std::optional<std::string> job = holder();
    if (!job) return;
    require(Clock::now() < end, lazy("{} is in use", name), lazy("by {}", *job),
            "wait until that job has ended, or stop it; or set another run directory (run: ...)");
    if (!logged) log_info("waiting for {}, which is in use by {}", name, *job);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

}  // namespace

JobLock::JobLock(const std::filesystem::path& path, const std::string& name, double timeout_s)
    : path_(path), name_(name) {
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0)
    throw UserError(fmt::format("cannot lock {}", path.string()), std::strerror(errno),
                    "a folder in which this user may write");
  const auto other_holder = [&]() -> std::optional<std::string> {
    const LockResult result = try_lock(file_);
    if (result == LockResult::held) return text_of(file_);
    if (result == LockResult::impossible)
      log_warning("{} cannot be locked ({}): two jobs would not exclude each other", name,
                  std::strerror(errno));
    return std::nullopt;
  };
  try {
    wait_while_held(other_holder, name, timeout_s);
  } catch (const UserError&) {
    ::close(file_);
    throw;
  }
  // The name of the holder is for messages only: on a full disk the lock works without it.
  const std::string holder = this_job();
  if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, holder.data(), holder.size(), 0) < 0)
    log_warning("cannot write the holder of {}: {}", path.string(), std::strerror(errno));
}

JobLock::~JobLock() {
  if (::ftruncate(file_, 0) != 0) {  // a stale name is not read while the lock is free
  }
  ::close(file_);
}

void JobLock::require_held() const {
  struct stat mine {
  }, there{};
  const bool same = ::fstat(file_, &mine) == 0 && ::stat(path_.c_str(), &there) == 0 &&
                    mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
  require(same, lazy("{} is no longer locked by this job, which stops", name_),
          lazy("{} was deleted or replaced, so another job may have begun", path_.string()),
          "do not delete lock files; see that no other job is at work, then start this one again");
}

void wait_until_free(const std::filesystem::path& path, const std::string& name, double timeout_s) {
  wait_while_held([&] { return lock_holder(path); }, name, timeout_s);
}

std::optional<std::string> lock_holder(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);  // a pipe must not block
  if (file < 0) return std::nullopt;
  std::optional<std::string> holder;
  if (is_locked(file)) holder = text_of(file);
  ::close(file);
  return holder;
}

}  // namespace mazescan::storage
