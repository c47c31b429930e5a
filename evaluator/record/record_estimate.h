#pragma once
#include "datasets/array_task.h"
#include "evaluator/jobs/estimate.h"
#include "evaluator/jobs/run_config.h"

namespace mazescan::record {

// Counts the task's units, samples and bytes, an upper bound: every rollout as long as its limit, every level with
// a cell for the cheese; and the seconds of one rank, by a trial on some states of the first unit. Before the
// training, network and environment are those of the configuration's own sections. Throws UserError.
jobs::Estimate estimate_record(const jobs::RunConfig& config, const datasets::ArrayTask& task);

}  // namespace mazescan::record
