#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mazescan::policies {

struct TrainedPolicy;

// A policy for an interactive maze, which runs in the browser.
struct PlayedPolicy {
  nlohmann::json network;      // as described in evaluator/report/page/main.js, without its weights
  nlohmann::json environment;  // world, anchor, actions
  std::vector<float> weights;  // all parameters, in the order of Network::layout()
  std::string unavailable = "No policy was given with this scan.";  // reason why there is no policy; or empty
};

// The largest network whose weights the page contains, in parameters.
inline constexpr int64_t kMaxPlayedParameters = 300'000;

// Returns the policy for an interactive maze if it plays in mazes, has plane observations and is small; else the
// reason why not.
PlayedPolicy played_policy(const TrainedPolicy& trained);

// Returns the policy of a scan of `run` for the report's interactive maze, if its file exists and
// matches `hash`; else the reason why not. config: the scan's configuration, YAML. Never throws UserError, because the report can omit the policy.
PlayedPolicy played_policy(const std::filesystem::path& run, const std::string& config,
                           const std::string& hash);

}  // namespace mazescan::policies
