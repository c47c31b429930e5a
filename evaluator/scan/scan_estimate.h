#pragma once
#include "datasets/array_task.h"
#include "evaluator/jobs/estimate.h"
#include "evaluator/jobs/run_config.h"

namespace mazescan::scan {

// Counts the task's units, rollouts (sampled and greedy ones) and bytes, an upper bound: every rollout as long as
// its limit, every level with a cell for the cheese. Before the training, network and environment are those of
// the configuration's own sections. Throws UserError.
jobs::Estimate estimate_scan(const jobs::RunConfig& config, const datasets::ArrayTask& task);

}  // namespace mazescan::scan
