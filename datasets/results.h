#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/result_shard.h"
#include "storage/manifest.h"

namespace mazescan::datasets {

// A finished analysis: its manifest's attributes, and all its shards in the manifest's order.
struct Results {
  nlohmann::json attributes;  // policy_hash, policy, units, config, ...
  nlohmann::json about;       // provenance
  std::vector<ResultShard> shards;

  std::string policy_hash() const { return attributes.value("policy_hash", ""); }
};

// Reads the manifest of the dataset in `folder` and checks that key, policy_hash and number of units are
// present and consistent. Reads no shard. Throws UserError if the dataset is not finished or the manifest is
// damaged.
storage::Manifest read_results_manifest(const std::filesystem::path& folder, const DatasetKind& kind);

// Reads and checks the dataset in `folder`. Throws UserError if it is not finished, or a shard is missing,
// damaged or mismatched.
Results read_results(const std::filesystem::path& folder, const DatasetKind& kind);

}  // namespace mazescan::datasets
