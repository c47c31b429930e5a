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

// A job of mazescan-evaluator. Its units become shards in a folder of the run directory; killed or stopped, the
// same command resumes it.
struct JobInfo {
  datasets::DatasetKind kind;        // kind.name names the subcommand, the section and the folder
  const char* help;                  // what it does, on one line
  const char* section_help;          // what its section of the configuration is about
  AnySection section;                // that section, with its defaults
  std::vector<std::string> needs;    // what must have run before it: "train", or other jobs
  std::vector<std::string> answers;  // the questions that its results answer: "Q6"
  bool in_parts = false;             // large enough for an array of batch jobs

  JobEnd (*run)(const RunConfig& config, const cluster::Communicator& communicator,
                const datasets::ArrayTask& task, double lock_timeout_s);
  // Returns units, samples, bytes. Writes nothing.
  Estimate (*estimate)(const RunConfig& config, const datasets::ArrayTask& task);
  // Applies a file of what the job stores (--apply) and returns a table as text. Writes nothing. Only of edit.
  std::string (*apply)(const RunConfig& config, const std::string& path) = nullptr;
};

}  // namespace mazescan::jobs
