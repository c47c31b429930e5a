#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mazescan::policies {

// A policy that a reader's browser runs: the report's interactive maze.
struct PlayedPolicy {
  nlohmann::json network;      // as described in evaluator/report/page/main.js, without its weights
  nlohmann::json environment;  // world, anchor, actions
  std::vector<float> weights;  // all parameters, in the order of Network::layout()
  std::string unavailable = "No policy was given with this scan.";  // why there is none; empty: there is
};

// The page carries the weights of networks up to this size only.
inline constexpr int64_t kMaxPlayedParameters = 300'000;

// The policy of a scan of `run` for the report's interactive maze, if its file is there, has this hash, sees
// planes and is small; else why not. config: of the scan, YAML. Never throws UserError: a report does without
// it.
PlayedPolicy played_policy(const std::filesystem::path& run, const std::string& config,
                           const std::string& hash);

}  // namespace mazescan::policies
