#pragma once
#include <string>
#include <vector>

#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/run_config.h"

namespace mazescan::registry {

// Returns every job of mazescan-evaluator, in the order in which they are usually run.
const std::vector<jobs::JobInfo>& jobs();

// Returns the default configuration: run, seed, a section for each job, and `collect`.
jobs::RunConfig default_config();

// Reads a configuration file and applies `overrides` ("scan.levels=10"). Throws
// UserError with file:line:column.
jobs::RunConfig load_run_config(const std::string& path, const std::vector<std::string>& overrides = {});

}  // namespace mazescan::registry
