#pragma once
#include <filesystem>
#include <string>

#include "evaluator/policies/played_policy.h"

namespace mazescan::policies {

// Returns the policy of a scan of `run` for the report's interactive maze, if its file exists, matches
// `hash`, has plane observations and is small; else the reason why not. config: the scan's configuration,
// YAML. Never throws UserError, because the report can omit the policy.
PlayedPolicy played_policy(const std::filesystem::path& run, const std::string& config,
                           const std::string& hash);

}  // namespace mazescan::policies
