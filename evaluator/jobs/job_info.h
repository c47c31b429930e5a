#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "datasets/dataset_kind.h"
#include "evaluator/jobs/estimate.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"

namespace mazescan::jobs {

// An option of a job's command that names a file. Instead of running the job, the command prints a text that
// is computed from the file, and writes nothing.
struct FileOption {
  const char* name;  // "--apply"
  const char* help;
  std::string (*print)(const RunConfig& config, const std::string& path);
};

// The policies that a job can be run on. It refuses others.
enum class JobPolicies {
  of_cells,         // the mouse of their environment moves from cell to cell
  without_objects,  // and a state is a cell and a direction
  of_mazes,         // environment: maze
  of_maze_planes,   // and `observation: planes`
};

// A job of mazescan-evaluator. Its units become shards in a folder of the run directory. If it is killed or
// stopped, the same command resumes it.
struct JobInfo {
  datasets::DatasetKind kind;                // kind.name names the subcommand, the section and the folder
  const char* help;                          // what it does, on one line
  const char* section_help;                  // description of its section of the configuration
  AnySection section;                        // that section, with its defaults
  std::vector<datasets::DatasetKind> needs;  // jobs that must run before; every job needs a trained policy
  bool in_parts = false;                     // whether it can be split into an array of batch jobs
  JobPolicies policies = JobPolicies::of_cells;

  JobEnd (*run)(const RunConfig& config, const cluster::Communicator& communicator,
                const datasets::ArrayTask& task, double lock_timeout_s);
  // Estimates units, samples and bytes. Writes nothing.
  Estimate (*estimate)(const RunConfig& config, const datasets::ArrayTask& task);
  std::optional<FileOption> file_option = std::nullopt;
};

}  // namespace mazescan::jobs
