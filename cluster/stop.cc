#include "cluster/stop.h"

#include <csignal>
#include <cstdint>
#include <ctime>
#include <initializer_list>

namespace mazescan::cluster {

namespace {
volatile std::sig_atomic_t stop_requested = 0, end_requested = 0;
volatile int64_t first_end_ms = 0;  // when TERM, INT or HUP came first

constexpr int64_t kRepetitionMs = 200;  // a launcher and the terminal may both send one signal

int64_t now_ms() {
  struct timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{1000} * now.tv_sec + now.tv_nsec / 1000000;
}

void on_signal(int signal) {
  stop_requested = 1;
  if (signal == SIGUSR2) return;
  if (end_requested == 0) {
    first_end_ms = now_ms();
    end_requested = 1;
  } else if (now_ms() - first_end_ms > kRepetitionMs) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}
}  // namespace

StopSignal::StopSignal() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGUSR2, SIGTERM, SIGINT, SIGHUP}) {
    struct sigaction before = {};
    sigaction(signal, nullptr, &before);
    if (signal != SIGHUP || before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
  }
}

bool StopSignal::requested() {
  return stop_requested != 0;
}

}  // namespace mazescan::cluster
