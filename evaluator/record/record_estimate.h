#pragma once
#include "datasets/array_task.h"
#include "evaluator/jobs/estimate.h"
#include "evaluator/jobs/run_config.h"

namespace mazescan::record {

// Estimates the task's units, samples and bytes. An upper bound: every rollout reaches its limit, and every
// level has a cell for the cheese. Estimates the seconds on one rank by a trial on some states of the first
// unit. If the policy is not trained yet, uses network and environment of the configuration. Throws UserError
// if the configuration does not fit the policy.
jobs::Estimate estimate_record(const jobs::RunConfig& config, const datasets::ArrayTask& task);

}  // namespace mazescan::record
