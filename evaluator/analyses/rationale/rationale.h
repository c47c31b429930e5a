#pragma once
#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "datasets/work_unit.h"
#include "evaluator/analyses/rationale/schema.h"
#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"
#include "evaluator/policies/trained_policy.h"

// Finds the smallest sets of cells that keep the policy's decisions: which cells the policy must see, when all
// others are filled from another maze.
namespace mazescan::rationale {

// Trains a generator of rationales on the levels that are searched, and measures its rationales on others.
// A pure function of its arguments.
RationaleResult rationale_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                               const datasets::WorkUnit& unit);

// Makes the task's shards in rationale/ of the run directory, with run_units. Throws what run_units throws,
// and UserError if the policy's observations are no planes of mazes, or it does not support a size or
// placement.
jobs::JobEnd rationale(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                       const datasets::ArrayTask& task = {}, double lock_timeout_s = 0);

// Counts the task's units, gradient steps, states and bytes. Throws UserError.
jobs::Estimate estimate_rationale(const jobs::RunConfig& config, const datasets::ArrayTask& task);

// Describes the job for the registry.
jobs::JobInfo rationale_job();

}  // namespace mazescan::rationale
