#include "cluster/launcher_watch.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>

#include "cluster/program.h"

namespace mazescan::cluster {

LauncherWatch::LauncherWatch() {
  if (!has_launcher()) return;
  // Signals are for the other threads: this one inherits a mask that blocks them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this, launcher = ::getppid()] {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!ended_.wait_for(lock, std::chrono::milliseconds(500), [this] { return ends_; }))
      if (::getppid() != launcher) end_process("the launcher of this rank has ended, so the rank ends, too");
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LauncherWatch::~LauncherWatch() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ends_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

}  // namespace mazescan::cluster
