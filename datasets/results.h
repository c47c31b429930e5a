#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/result_shard.h"
#include "storage/manifest.h"

namespace mazescan::datasets {

// A finished analysis: what its manifest says, and all its shards in the manifest's order.
struct Results {
  nlohmann::json attributes;  // policy_hash, policy, units, config, ...
  nlohmann::json about;       // provenance
  std::vector<ResultShard> shards;

  std::string policy_hash() const { return attributes.value("policy_hash", ""); }
};

// What the dataset in `folder` says of itself: key, policy_hash and number of units are there and fit. No
// shard is read. Throws UserError if it is not finished.
storage::Manifest read_results_manifest(const std::filesystem::path& folder, const DatasetKind& kind);

// Reads and checks the dataset in `folder`. Throws UserError if it is not finished, or a shard is missing,
// damaged or mismatched.
Results read_results(const std::filesystem::path& folder, const DatasetKind& kind);

}  // namespace mazescan::datasets
