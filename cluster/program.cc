#include "cluster/program.h"

#include <fmt/format.h>
#include <mpi.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "cluster/stop.h"
#include "core/error.h"

namespace mazescan::cluster {

namespace {

// Returns the rank from the environment of the launcher, because MPI may not be initialised.
int launched_rank() {
  for (const char* variable : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const char* value = std::getenv(variable)) return std::atoi(value);
  return 0;
}

volatile std::sig_atomic_t status_when_killed = 0;

int finish(const char* name, int status, const std::string& message) {
  int initialised = 0, finalised = 0;
  MPI_Initialized(&initialised);
  MPI_Finalized(&finalised);
  const bool running = initialised != 0 && finalised == 0;
  const int rank = launched_rank();
  if (rank != 0) {
    // Most errors occur on all ranks. Other ranks wait 4 s so that rank 0 can report before mpirun kills it
    // (it takes up to 2 s). A rank that is killed while it waits keeps its status, because srun returns the
    // highest status of all ranks.
    status_when_killed = status;
    std::signal(SIGTERM, [](int) { _exit(status_when_killed); });
    std::this_thread::sleep_for(std::chrono::seconds(4));
    fmt::print(stderr, "{}: rank {}: {}\n", name, rank, message);
  } else {
    fmt::print(stderr, "{}: {}\n", name, message);
  }
  std::fflush(nullptr);
  if (running) {
    int ranks = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (ranks == 1) _exit(status);  // MPI_Abort would only print more
    MPI_Abort(MPI_COMM_WORLD, status);
  }
  return status;
}

}  // namespace

int run_program(const char* name, const std::function<int()>& body) {
  try {
    const int status = body();
    if (status != kStoppedStatus) return status;
    // A launcher kills the other ranks when one ends with a status, and may report their end instead of that
    // status. So only rank 0 returns it, and last.
    if (launched_rank() != 0) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    return status;
  } catch (const UserError& e) {
    return finish(name, 2, e.what());
  } catch (const std::exception& e) {
    return finish(name, 1, fmt::format("internal error: {}", e.what()));
  }
}

void end_process(const std::string& message) {
  fmt::print(stderr, "mazescan: {}\n", message);
  std::fflush(nullptr);
  _exit(1);
}

}  // namespace mazescan::cluster
