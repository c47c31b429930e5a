#pragma once
#include <filesystem>
#include <string>

#include "cluster/world.h"
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

// Makes the part's shards as run_units does. Throws UserError besides if the scan asks what the policy cannot
// show.
JobEnd scan(const EvaluatorConfig& config, const World& world, const std::filesystem::path& folder,
            const JobPart& part = {}, double patience = 0);

}  // namespace mazescan
