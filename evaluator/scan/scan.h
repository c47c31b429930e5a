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

// Of all that determines the payloads of a scan: the policy, its world, the configuration and the seed.
std::string scan_key(const jobs::RunConfig& config, const policies::TrainedPolicy& trained);

// Plays the unit's levels, sampled and greedy, and records what the network held. A pure function of its
// arguments.
datasets::ScanShard scan_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                              const datasets::WorkUnit& unit);

// Adds what a network held in these states.
using TapRecorder = std::function<void(const std::vector<envs::MazeState>& states, const char* moment,
                                       std::vector<datasets::TapRecord>& taps)>;
// The same of any agent, which has no key, and taps only if there is somebody to record them.
datasets::ScanShard scan_unit(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment,
                              const rollout::Agent& agent, const datasets::WorkUnit& unit,
                              const TapRecorder& record = nullptr);

// Makes the part's shards in scan/ of the run directory, as run_units does. Throws UserError besides if the
// scan asks what the policy cannot show.
jobs::JobEnd scan(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                  const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

// Describes the job for the registry.
jobs::JobInfo scan_job();

}  // namespace mazescan::scan
