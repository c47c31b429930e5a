#include "storage/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "core/build_info.h"
#include "core/error.h"
#include "core/log.h"

namespace mazescan {

namespace {

// The whole file, for this open file: unlike a process's locks they do not vanish when some other descriptor
// of the same file is closed, and unlike flock's they can be asked for without being taken.
struct flock whole_file(short type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

bool try_lock(int file) {
  struct flock lock = whole_file(F_WRLCK);
  return ::fcntl(file, F_OFD_SETLK, &lock) == 0;
}

std::string this_job() {
  const auto about = build_and_machine();
  const char* const job = std::getenv("SLURM_JOB_ID");
  return fmt::format("host {}, process {}{}, since {}", about.at("host"), ::getpid(),
                     job ? fmt::format(", Slurm job {}", job) : "", about.at("time"));
}

std::string text_of(int file) {
  char text[512];
  const ssize_t size = ::pread(file, text, sizeof text, 0);
  // Between taking the lock and signing it a holder has no name.
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "a job that has just begun";
}

// Asks until `holder` names nobody, for up to `patience` seconds.
template <typename Holder>
void wait_while_held(const Holder& holder, const std::string& what, double patience) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(patience);
  for (bool told = false;; told = true) {
    const std::optional<std::string> name = holder();
    if (!name) return;
    require(Clock::now() < end, fmt::format("{} is in use", what), fmt::format("by {}", *name),
            "wait until that job has ended, or stop it; or give another run directory (run: ...)");
    if (!told) log_info("waiting for {}, which is in use by {}", what, *name);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

}  // namespace

JobLock::JobLock(const std::filesystem::path& path, const std::string& what, double patience) {
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0)
    throw UserError(fmt::format("cannot lock {}", path.string()), std::strerror(errno),
                    "a folder in which this user may write");
  const auto in_the_way = [&]() -> std::optional<std::string> {
    if (try_lock(file_)) return std::nullopt;
    if (errno == EAGAIN || errno == EACCES) return text_of(file_);
    log_warning("{} cannot be locked ({}): two jobs on it would not notice each other", what,
                std::strerror(errno));
    return std::nullopt;
  };
  try {
    wait_while_held(in_the_way, what, patience);
  } catch (const UserError&) {
    ::close(file_);
    throw;
  }
  // For people only: on a full disk the lock holds without a name.
  const std::string holder = this_job();
  if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, holder.data(), holder.size(), 0) < 0)
    log_warning("cannot write who holds {}: {}", path.string(), std::strerror(errno));
}

JobLock::~JobLock() {
  if (::ftruncate(file_, 0) != 0) {  // what it says is not looked at while nobody holds it
  }
  ::close(file_);
}

void wait_until_free(const std::filesystem::path& path, const std::string& what, double patience) {
  wait_while_held([&] { return lock_holder(path); }, what, patience);
}

std::optional<std::string> lock_holder(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  struct flock lock = whole_file(F_WRLCK);
  const bool held = ::fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  std::optional<std::string> holder;
  if (held) holder = text_of(file);
  ::close(file);
  return holder;
}

}  // namespace mazescan
