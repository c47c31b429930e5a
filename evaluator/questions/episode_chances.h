#pragma once
#include <map>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "envs/maze_state.h"

namespace mazescan::questions {

// What becomes of the episodes of one size and placement, as chances: exact ones for the policy with sampled
// actions, 0 or 1 for its greedy rollouts. One entry for each episode.
struct Courses {
  std::vector<const float*> arrived;  // [limit + 1]: chance to have reached the cheese within t steps
  std::vector<double> cheese, top_right, top_right_then_cheese;  // chances of outcomes; the rest is neither
  std::vector<double> decides;                                   // chance to be on the decision square
  std::vector<double> decides_toward;  // chance to be there and to leave it toward the cheese first
};

// The episodes of one size and placement, all chunks. `level` indexes the level seeds of the size, which are
// resampled.
struct Episodes {
  int limit = 0;
  std::vector<int> level, optimal;
  std::vector<bool> on_path, has_decision;  // has_decision: the level has a decision square
  std::vector<envs::Cell> cheese;
  Courses sampled, greedy;
  // Agents without a policy, as `arrived`: the optimal, the blind and the random one.
  std::vector<const float*> ceiling, blind, random;
  // The environment's measures by name: of the policy, of its greedy rollout, of the random mouse.
  struct Measured {
    std::vector<double> policy, greedy, random;
  };
  std::map<std::string, Measured> measures;
};

// Appends the episodes of a shard, which must outlive `episodes`. levels: the index of each level seed seen.
void add_shard(Episodes& episodes, const datasets::ScanShard& shard, std::map<int32_t, int>& levels);

// Returns the episodes of both.
Episodes pooled(const Episodes& a, const Episodes& b);

}  // namespace mazescan::questions
