#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "evaluator/policies/played_policy.h"

namespace mazescan::report {

// Returns {network, environment, unavailable}: the policy, or network null and the reason.
nlohmann::json play_document(const policies::PlayedPolicy& policy);

// Returns the document's field `play`, for the interactive maze: the policy, and some levels of every size
// of the scan to start with.
nlohmann::json play_document(const policies::PlayedPolicy& policy,
                             const std::vector<datasets::ScanShard>& shards);

}  // namespace mazescan::report
