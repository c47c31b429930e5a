#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <vector>

#include "evaluator/jobs/job_info.h"

namespace mazescan::commands {

// Runs a subcommand after its arguments have been parsed. Returns the exit status. `argc`, `argv`:
// the program's own, for MPI.
using Action = std::function<int(int argc, char** argv)>;

// A subcommand of mazescan-evaluator. Each reads its own arguments.
struct Command {
  std::string name;
  std::string help;                              // the first line describes it; examples may follow
  std::function<Action(CLI::App& app)> declare;  // adds the arguments to `app`
};

// Returns all subcommands in the order of --help.
std::vector<Command> all_commands();

// Returns the command that runs a job, alone or on the ranks of an MPI job.
Command job_command(const jobs::JobInfo& job);
// Return the other commands, one file each.
Command jobs_command();
Command collect_command();
Command find_channels_command();
Command export_edit_command();
Command status_command();
Command report_command();
Command compare_command();
Command scaling_command();
Command verify_command();
Command merge_command();
Command describe_command();
Command import_command();
Command export_command();
Command draw_command();
Command maze_command();
Command explore_command();
Command check_command();
Command schema_command();

}  // namespace mazescan::commands
