#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "evaluator/policies/played_policy.h"

namespace mazescan::report {

// The document's part `play`: the policy and some levels of every size of the scan, for the reader to begin
// with.
nlohmann::json play_document(const policies::PlayedPolicy& policy,
                             const std::vector<datasets::ScanShard>& shards);

}  // namespace mazescan::report
