#pragma once
#include <functional>
#include <string>

namespace mazescan::cluster {

// Runs the body of a program and turns its errors into messages and exit statuses: 2 for a UserError or
// an unusable path, 1 for any other error. Errors end all ranks. Returns the status for main to return; kStoppedStatus at rank 0
// only.
int run_program(const char* name, const std::function<int()>& body);

// Returns this process's rank from the environment of its launcher, 0 without one. For commands that one process does
// alone: they need no MPI, which may not start inside an interactive job of a scheduler.
int launched_rank();
// Returns whether a launcher, such as mpirun or srun, started this process.
bool has_launcher();

// Prints `message` and ends this process at once with status 1, without running destructors.
[[noreturn]] void end_process(const std::string& message);

}  // namespace mazescan::cluster
