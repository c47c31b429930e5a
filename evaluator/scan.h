#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cluster/world.h"
#include "envs/environment.h"
#include "evaluator/config.h"
#include "evaluator/scan_plan.h"
#include "evaluator/shard.h"
#include "policy/policy_file.h"

namespace mazescan {

// The scanned policy and the world it was trained in.
struct ScannedPolicy {
  Policy policy;
  EnvironmentConfig environment;
};
ScannedPolicy load_scanned_policy(const std::filesystem::path& path, torch::Device device);

// The configuration's policy file.
std::filesystem::path policy_path(const EvaluatorConfig& config);

// Of all that determines the payloads of a scan: the policy, its world, the configuration and the seed.
std::string scan_key(const EvaluatorConfig& config, const ScannedPolicy& scanned);

// Plays the unit's levels, sampled and greedy, and records what the network held. A pure function of its
// arguments.
ScanShard scan_unit(const EvaluatorConfig& config, const ScannedPolicy& scanned, const ScanUnit& unit);

// Writes the shards of the part's units into `folder`/shards; who finds all shards of the scan there lists
// them in `folder`/manifest.json. All ranks take units from one counter; shards that are there and whole are
// kept. Several jobs may make parts of one scan at the same time. Returns whether the part is done: not if a
// stop signal came. patience: seconds to wait for another job with the same units. Throws UserError if
// `folder` holds another scan or another version's unfinished one, is in use, or the scan asks what the
// policy cannot show.
bool scan(const EvaluatorConfig& config, const World& world, const std::filesystem::path& folder,
          const ScanPart& part = {}, double patience = 0);

}  // namespace mazescan
