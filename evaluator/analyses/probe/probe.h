#pragma once
#include <string>
#include <vector>

#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"

namespace mazescan::probe {

// Fits linear probes to a recording and makes the part's shards in probe/ of the run directory, with
// run_units. A unit is a size and a layer.
// Throws what run_units throws, and UserError if the recording is of another policy or lacks a size or layer
// that the configuration names.
jobs::JobEnd probe(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                   const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

// Counts units, samples and bytes to read, and estimates the time of one rank; counts units alone if `record`
// has not made the recording yet. Throws UserError.
jobs::Estimate estimate_probe(const jobs::RunConfig& config, const datasets::ArrayTask& task);

// Describes the job for the registry.
jobs::JobInfo probe_job();

}  // namespace mazescan::probe
