#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mazescan::policies {

// A policy for an interactive maze, which runs in the browser.
struct PlayedPolicy {
  nlohmann::json network;      // as described in evaluator/report/page/main.js, without its weights
  nlohmann::json environment;  // world, anchor, actions
  std::vector<float> weights;  // all parameters, in the order of Network::layout()
  std::string unavailable = "No policy was given with this scan.";  // reason why there is no policy; or empty
};

// The largest network whose weights the page contains, in parameters.
inline constexpr int64_t kMaxPlayedParameters = 300'000;

}  // namespace mazescan::policies
