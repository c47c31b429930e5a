#pragma once
#include <string>
#include <vector>

#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "datasets/dataset_kind.h"
#include "evaluator/jobs/estimate.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"

namespace mazescan::jobs {

// A job of mazescan-evaluator. Its units become shards in a folder of the run directory. If it is killed or
// stopped, the same command resumes it.
struct JobInfo {
  datasets::DatasetKind kind;        // kind.name names the subcommand, the section and the folder
  const char* help;                  // what it does, on one line
  const char* section_help;          // description of its section of the configuration
  AnySection section;                // that section, with its defaults
  std::vector<std::string> needs;    // prerequisites: "train", or other jobs
  std::vector<std::string> answers;  // questions that its results answer: "Q6"
  bool in_parts = false;             // whether it can be split into an array of batch jobs

  JobEnd (*run)(const RunConfig& config, const cluster::Communicator& communicator,
                const datasets::ArrayTask& task, double lock_timeout_s);
  // Estimates units, samples and bytes. Writes nothing.
  Estimate (*estimate)(const RunConfig& config, const datasets::ArrayTask& task);
  // Applies a file that the job stored (--apply) and returns a table as text. Writes nothing. Only in edit.
  std::string (*apply)(const RunConfig& config, const std::string& path) = nullptr;
};

}  // namespace mazescan::jobs
