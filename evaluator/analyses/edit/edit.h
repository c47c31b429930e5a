#pragma once
#include <string>
#include <vector>

#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "datasets/result_shard.h"
#include "datasets/work_unit.h"
#include "evaluator/analyses/edit/config.h"
#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::edit {

// Returns the units of each size: for each experiment its controls and each family of edits
// ("every_cell-controls", "every_cell-clamp"), and "find-channels" and "vectors".
std::vector<datasets::WorkUnit> edit_units(const EditConfig& config);

// Fills in the shard of a unit. A pure function of its arguments.
void edit_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
               datasets::ResultShard& shard);

// Returns a table of the channels of edit.layers that locate the cheese best, by size. Throws as edit.
std::string describe_channels(const jobs::RunConfig& config);

// Makes the part's shards in edit/ of the run directory, with run_units.
// Throws what run_units throws, and UserError if the policy does not support one of the sizes or lacks a tap,
// or if an edit changes more than edit.largest_fraction.
jobs::JobEnd edit(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                  const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

// Counts the task's units, walks, network evaluations and gradient steps. Throws UserError.
jobs::Estimate estimate_edit(const jobs::RunConfig& config, const datasets::ArrayTask& task);

// Describes the job for the registry.
jobs::JobInfo edit_job();

}  // namespace mazescan::edit
