#pragma once
#include <filesystem>
#include <string>

#include "evaluator/report/play.h"

namespace mazescan {

// The policy of a scan of `run` for the report's interactive maze, if its file is there, has this hash, sees
// planes and is small; else why not. config: of the scan, YAML. Never throws UserError: a report does without
// it.
PlayedPolicy played_policy(const std::filesystem::path& run, const std::string& config,
                           const std::string& hash);

}  // namespace mazescan
