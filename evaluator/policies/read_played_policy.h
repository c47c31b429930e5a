#pragma once
#include <filesystem>
#include <string>

#include "evaluator/policies/played_policy.h"

namespace mazescan::policies {

struct TrainedPolicy;

// Returns the policy for an interactive maze if it plays in mazes, has plane observations and is small; else
// the reason why not.
PlayedPolicy played_policy(const TrainedPolicy& trained);

// Returns the policy of a scan of `run` for the report's interactive maze, if its file exists and matches
// `hash`; else the reason why not. config: the scan's configuration, YAML. Never throws UserError, because
// the report can omit the policy.
PlayedPolicy played_policy(const std::filesystem::path& run, const std::string& config,
                           const std::string& hash);

}  // namespace mazescan::policies
