#include "cluster/stop.h"

#include <csignal>
#include <initializer_list>

namespace mazescan::cluster {

namespace {
volatile std::sig_atomic_t stop_requested = 0;
void on_signal(int) {
  stop_requested = 1;
}
}  // namespace

StopSignal::StopSignal() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGUSR2, SIGTERM, SIGINT}) sigaction(signal, &action, nullptr);
}

bool StopSignal::requested() {
  return stop_requested != 0;
}

}  // namespace mazescan::cluster
