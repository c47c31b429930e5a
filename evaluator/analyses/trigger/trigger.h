#pragma once
#include <string>
#include <vector>

#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "datasets/work_unit.h"
#include "evaluator/analyses/trigger/choices.h"
#include "evaluator/analyses/trigger/schema.h"
#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/agent.h"

// Analyses what switches the mouse from the corner to the cheese: the policy on every cell where the best
// first steps differ, with and without the cheese, and under an edit along the direction that predicts the
// choice.
namespace mazescan::trigger {

// Evaluates the agent in every choice, with a mouse that faces left. A pure function of its arguments.
TriggerResult trigger_unit(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment,
                           const rollout::Agent& agent, const datasets::WorkUnit& unit);

// Returns the sizes without a choice. Throws UserError if the policy does not support one of the sizes, if
// the tap cannot be edited, or if no size has a choice.
std::vector<int> require_triggerable(const jobs::RunConfig& config, const policies::TrainedPolicy& trained);

// Makes the part's shards in trigger/ of the run directory, with run_units.
// Throws what run_units and require_triggerable throw.
jobs::JobEnd trigger(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                     const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

// Counts the task's levels, states, network evaluations and bytes. Throws UserError.
jobs::Estimate estimate_trigger(const jobs::RunConfig& config, const datasets::ArrayTask& task);

// Describes the job for the registry.
jobs::JobInfo trigger_job();

}  // namespace mazescan::trigger
