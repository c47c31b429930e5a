#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mazescan::policies {

// A policy for the report's interactive maze, which runs in the browser.
struct PlayedPolicy {
  nlohmann::json network;      // as described in evaluator/report/page/main.js, without its weights
  nlohmann::json environment;  // world, anchor, actions
  std::vector<float> weights;  // all parameters, in the order of Network::layout()
  std::string unavailable = "No policy was given with this scan.";  // reason why there is no policy; or empty
};

// The largest network whose weights the page contains, in parameters.
inline constexpr int64_t kMaxPlayedParameters = 300'000;

// Returns the policy of a scan of `run` for the report's interactive maze, if its file exists, matches
// `hash`, has plane observations and is small; else the reason why not. config: the scan's configuration,
// YAML. Never throws UserError, because the report can omit the policy.
PlayedPolicy played_policy(const std::filesystem::path& run, const std::string& config,
                           const std::string& hash);

}  // namespace mazescan::policies
