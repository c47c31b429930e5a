#pragma once
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <functional>
#include <thread>

namespace mazescan {

// Runs `act` in a child process and returns its wait status. The child exits with 0, or with 99 if `act`
// throws.
inline int run_in_child(const std::function<void()>& act) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      act();
    } catch (const std::exception&) {
      _exit(99);
    }
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

// Runs `act`, which does not end, in a child process and kills it after `milliseconds`.
inline void kill_during(const std::function<void()>& act, int milliseconds) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      while (true) act();
    } catch (const std::exception&) {
      _exit(99);
    }
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  kill(child, SIGKILL);
  int status = -1;
  waitpid(child, &status, 0);
}

// Limits the size of files of this process to `bytes`: further writes fail as on a full disk.
inline void limit_file_size(rlim_t bytes) {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_FSIZE, &limit);
}

}  // namespace mazescan
