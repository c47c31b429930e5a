#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "datasets/scan_shard.h"
#include "datasets/work_unit.h"
#include "envs/environment.h"
#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/agent.h"

namespace mazescan::scan {

// Returns the hash of all that determines a scan's payloads: policy, environment, configuration and seed.
std::string scan_key(const jobs::RunConfig& config, const policies::TrainedPolicy& trained);

// Plays the unit's levels, sampled and greedy, and records activations. A pure function of its arguments.
datasets::ScanShard scan_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                              const datasets::WorkUnit& unit);

// Appends the taps of a network for these states.
using TapRecorder = std::function<void(const std::vector<envs::MazeState>& states, const char* moment,
                                       std::vector<datasets::TapRecord>& taps)>;
// Plays the unit's levels with any agent. The shard has no key, and has taps only if `record` is given.
datasets::ScanShard scan_unit(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment,
                              const rollout::Agent& agent, const datasets::WorkUnit& unit,
                              const TapRecorder& record = nullptr);

// Computes the part's shards in scan/ of the run directory with run_units. Throws UserError as run_units
// does, and if the configuration does not fit the policy.
jobs::JobEnd scan(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                  const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

// Describes the job for the registry.
jobs::JobInfo scan_job();

}  // namespace mazescan::scan
