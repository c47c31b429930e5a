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

namespace mazescan {

// Of all that determines the payloads of a scan: the policy, its world, the configuration and the seed.
std::string scan_key(const RunConfig& config, const TrainedPolicy& trained);

// Plays the unit's levels, sampled and greedy, and records what the network held. A pure function of its
// arguments.
ScanShard scan_unit(const RunConfig& config, const TrainedPolicy& trained, const WorkUnit& unit);

// Adds what a network held in these states.
using TapRecorder = std::function<void(const std::vector<MazeState>& states, const char* moment,
                                       std::vector<TapRecord>& taps)>;
// The same of any agent, which has no key, and taps only if there is somebody to record them.
ScanShard scan_unit(const RunConfig& config, const EnvironmentConfig& environment, const Agent& agent,
                    const WorkUnit& unit, const TapRecorder& record = nullptr);

// Makes the part's shards in scan/ of the run directory, as run_units does. Throws UserError besides if the
// scan asks what the policy cannot show.
JobEnd scan(const RunConfig& config, const Communicator& communicator, const ArrayTask& part = {},
            double lock_timeout_s = 0);

// Describes the job for the registry.
JobInfo scan_job();

}  // namespace mazescan
