#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"

namespace mazescan {

// A policy that a reader's browser runs: the report's interactive maze.
struct PlayedPolicy {
  nlohmann::json network;      // as told at the head of page/main.js, without its weights
  nlohmann::json environment;  // world, anchor, actions
  std::vector<float> weights;  // all parameters, in the order of Network::layout()
  std::string unavailable = "No policy was given with this scan.";  // why there is none; empty: there is
};

// The page carries the weights of networks up to this size only.
inline constexpr int64_t kMostPlayedParameters = 300'000;

// The document's part `play`: the policy and some levels of every size of the scan, for the reader to begin
// with.
nlohmann::json play_document(const PlayedPolicy& policy, const std::vector<ScanShard>& shards);

}  // namespace mazescan
