#pragma once
#include <cstddef>
#include <optional>

#include "datasets/scan_shard.h"
#include "envs/maze_state.h"

// What can be asked of one episode of a scan's shard.
namespace mazescan::datasets {

// Its maze: size, walls, level seed and cheese.
envs::MazeLevel maze_of(const ScanShard& shard, size_t episode);

// kNoCell where the level has none.
inline envs::Cell decision_of(const ScanShard& shard, size_t episode) {
  return {shard.decision[2 * episode], shard.decision[2 * episode + 1]};
}

// Whether the first move away from the decision square, waits skipped, was toward the cheese; false if the
// mouse never left it. Nothing if it never stood there.
std::optional<bool> first_step_toward_cheese(const ScanShard& shard, const Rollouts& rollouts,
                                             size_t episode);

}  // namespace mazescan::datasets
