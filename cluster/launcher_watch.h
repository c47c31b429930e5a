#pragma once
#include <condition_variable>
#include <mutex>
#include <thread>

namespace mazescan::cluster {

// Ends this process, with status 1, within a second after the launcher that started it has ended. MPI usually
// notices that itself, but a rank that waits for a killed launcher while MPI starts could wait for ever, and hold the
// lock of its run directory. Does nothing in a process without a launcher.
class LauncherWatch {
 public:
  LauncherWatch();
  ~LauncherWatch();
  LauncherWatch(const LauncherWatch&) = delete;
  LauncherWatch& operator=(const LauncherWatch&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace mazescan::cluster
