#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cluster/world.h"
#include "envs/environment.h"
#include "evaluator/config.h"
#include "evaluator/shard.h"
#include "policy/policy_file.h"

namespace mazescan {

// The scanned policy and the world it was trained in.
struct ScannedPolicy {
  Policy policy;
  EnvironmentConfig environment;
};
ScannedPolicy load_scanned_policy(const std::filesystem::path& path, torch::Device device);

// One work unit: a size, a placement and a block of level seeds.
struct ScanUnit {
  int size = 0;
  std::string placement;
  int block = 0;
  std::string file_name() const;  // "size09-top_right-000.h5"
};
std::vector<ScanUnit> scan_units(const ScanConfig& config);

// Of all that determines the payloads of a scan: the policy, its world, the configuration and the seed.
std::string scan_key(const EvaluatorConfig& config, const ScannedPolicy& scanned);

// Plays the unit's levels, sampled and greedy, and records what the network held. A pure function of its
// arguments.
ScanShard scan_unit(const EvaluatorConfig& config, const ScannedPolicy& scanned, const ScanUnit& unit);

// Writes every unit's shard into `folder`/shards and their list into `folder`/manifest.json. All ranks take
// units from one counter; shards that are there and whole are kept. Throws UserError if `folder` holds
// another scan, or the scan asks what the policy cannot show.
void scan(const EvaluatorConfig& config, const World& world, const std::filesystem::path& folder);

}  // namespace mazescan
