#pragma once
#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "datasets/work_unit.h"
#include "evaluator/analyses/sparsity/schema.h"
#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

// Analyses how sparse the outputs of the rectified layers are, which of their channels locate the cheese, and
// what the policy does with only the largest of them.
namespace mazescan::sparsity {

// Returns the levels of the section. Throws UserError if the policy is of no maze, or does not support a size
// or placement.
jobs::LevelGrid supported_grid(const jobs::RunConfig& config, const policies::TrainedPolicy& trained);

// Evaluates the policy in every state that the mouse can reach on the unit's levels, unchanged and truncated.
// A pure function of its arguments. unit.subject: the placement of the cheese.
SparsityResult sparsity_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                             const datasets::WorkUnit& unit);

// Makes the task's shards in sparsity/ of the run directory, with run_units. Throws what run_units and
// supported_grid throw.
jobs::JobEnd sparsity(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                      const datasets::ArrayTask& task, double lock_timeout_s);

// Counts the task's units, states and bytes. Throws UserError.
jobs::Estimate estimate_sparsity(const jobs::RunConfig& config, const datasets::ArrayTask& task);

// Describes the job for the registry.
jobs::JobInfo sparsity_job();

}  // namespace mazescan::sparsity
