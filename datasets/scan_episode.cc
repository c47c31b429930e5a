#include "datasets/scan_episode.h"

#include <algorithm>

#include "envs/paths.h"

namespace mazescan::datasets {

envs::MazeLevel maze_of(const ScanShard& shard, size_t episode) {
  const auto cells = static_cast<int64_t>(shard.size) * shard.size;
  const auto first = shard.open.begin() + static_cast<int64_t>(episode) * cells;
  envs::MazeLevel level;
  level.seed = shard.level_seed[episode];
  level.size = level.world_dim = shard.size;
  level.open.assign(first, first + cells);
  level.cheese = {shard.cheese[2 * episode], shard.cheese[2 * episode + 1]};
  return level;
}

std::optional<bool> first_step_toward_cheese(const ScanShard& shard, const Rollouts& rollouts,
                                             size_t episode) {
  if (rollouts.decision_step[episode] < 0) return std::nullopt;
  const auto path = rollouts.path.begin();
  const auto end = path + rollouts.path_offset[episode + 1];
  const auto at = path + rollouts.path_offset[episode] + rollouts.decision_step[episode];
  const auto next = std::find_if(at, end, [at](uint16_t cell) { return cell != *at; });
  if (next == end) return false;
  const envs::MazeLevel level = maze_of(shard, episode);
  const auto to_cheese = envs::distances(level, level.cheese);
  return to_cheese[*next] < to_cheese[*at];
}

}  // namespace mazescan::datasets
