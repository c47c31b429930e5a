#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "cluster/world.h"
#include "envs/environment.h"
#include "evaluator/agent.h"
#include "evaluator/config.h"
#include "evaluator/scanned_policy.h"
#include "evaluator/shard.h"
#include "evaluator/unit_job.h"

namespace mazescan {

// Of all that determines the payloads of a scan: the policy, its world, the configuration and the seed.
std::string scan_key(const EvaluatorConfig& config, const ScannedPolicy& scanned);

// Plays the unit's levels, sampled and greedy, and records what the network held. A pure function of its
// arguments.
ScanShard scan_unit(const EvaluatorConfig& config, const ScannedPolicy& scanned, const WorkUnit& unit);

// Adds what a network held in these states.
using TapRecorder = std::function<void(const std::vector<MazeState>& states, const char* moment,
                                       std::vector<TapRecord>& taps)>;
// The same of any agent, which has no key, and taps only if there is somebody to record them.
ScanShard scan_unit(const EvaluatorConfig& config, const EnvironmentConfig& environment, const Agent& agent,
                    const WorkUnit& unit, const TapRecorder& record = nullptr);

// Makes the part's shards in scan/ of the run directory, as run_units does. Throws UserError besides if the
// scan asks what the policy cannot show.
JobEnd scan(const EvaluatorConfig& config, const World& world, const JobPart& part = {}, double patience = 0);

}  // namespace mazescan
