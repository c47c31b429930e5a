#pragma once
#include <cstddef>
#include <optional>

#include "datasets/scan_shard.h"
#include "envs/maze_state.h"

// Accessors for one episode of a scan's shard.
namespace mazescan::datasets {

// Returns an episode's maze: size, walls, level seed and cheese.
envs::MazeLevel maze_of(const ScanShard& shard, size_t episode);

// Returns an episode's decision square; kNoCell if the level has none.
inline envs::Cell decision_of(const ScanShard& shard, size_t episode) {
  return {shard.decision[2 * episode], shard.decision[2 * episode + 1]};
}

// Returns whether the first move away from the decision square, ignoring waits, was toward the cheese; false
// if the mouse never left it; nullopt if it never reached it.
std::optional<bool> first_step_toward_cheese(const ScanShard& shard, const Rollouts& rollouts,
                                             size_t episode);

}  // namespace mazescan::datasets
