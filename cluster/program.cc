#include "cluster/program.h"

#include <fmt/format.h>
#include <mpi.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <thread>

#include "cluster/stop.h"
#include "cluster/surroundings.h"
#include "core/error.h"
#include "core/machine_error.h"
#include "core/print.h"

namespace mazescan::cluster {

namespace {

// Returns this process's rank as its launcher has written it into the environment, nullptr without one.
const char* rank_of_launcher() {
  for (const char* variable : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const char* value = std::getenv(variable)) return value;
  return nullptr;
}

}  // namespace

int launched_rank() {
  const char* rank = rank_of_launcher();
  return rank == nullptr ? 0 : std::atoi(rank);
}

bool has_launcher() {
  return rank_of_launcher() != nullptr;
}

namespace {

volatile std::sig_atomic_t status_when_killed = 0;

// Returns the message of an error of std::filesystem.
std::string in_parts(const std::filesystem::filesystem_error& error) {
  return UserError(fmt::format("cannot use {}", error.path1().string()), error.code().message(),
                   "a path that exists and that this user may access")
      .what();
}

// Waits until the launcher has read this process's messages, at most 1 s: MPICH's loses what is unread when a rank ends.
void wait_until_read() {
  if (!has_launcher()) return;
  int unread = 0;
  for (int i = 0; i < 100 && ::ioctl(STDERR_FILENO, FIONREAD, &unread) == 0 && unread > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

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
    print_message(fmt::format("{}: rank {}: {}\n", name, rank, message));
  } else {
    print_message(fmt::format("{}: {}\n", name, message));
  }
  std::fflush(nullptr);
  wait_until_read();
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
  prepare_streams();
  try {
    require_limits();
    const int status = body();
    require_printed();
    if (status != kStoppedStatus) return status;
    // A launcher kills the other ranks when one ends with a status, and may report their end instead of that
    // status. So only rank 0 returns it, and last.
    if (launched_rank() != 0) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    return status;
  } catch (const UserError& e) {
    return finish(name, 2, e.what());
  } catch (const MachineError& e) {
    return finish(name, 1, e.what());
  } catch (const std::filesystem::filesystem_error& e) {
    return finish(name, is_passing_fault(e.code().value()) ? 1 : 2, in_parts(e));
  } catch (const std::bad_alloc&) {
    return finish(name, 1,
                  UserError("the memory is exhausted", "this process could not get more of it",
                            "more memory, a higher limit (ulimit -v), or a smaller job")
                      .what());
  } catch (const std::exception& e) {
    return finish(name, 1, fmt::format("internal error: {}", e.what()));
  }
}

void end_process(const std::string& message) {
  print_message(fmt::format("mazescan: {}\n", message));
  std::fflush(nullptr);
  wait_until_read();
  _exit(1);
}

}  // namespace mazescan::cluster
