#include "evaluator/scan/scan_levels.h"

#include <algorithm>

#include "envs/paths.h"

namespace mazescan::scan {

namespace {

// Returns the cell of the first goal or proxy; kNoCell if there is none.
envs::Cell cell_of(const envs::Task& task, const envs::MazeState& start, envs::GoalKind kind) {
  const std::vector<envs::GoalLike> all = task.goal_likes(start);
  const envs::GoalLike* const found = envs::first_of(all, kind);
  return found == nullptr ? envs::kNoCell : found->cell;
}

// Appends the objects of all levels, as many as the level with most has.
void add_objects(const std::vector<envs::MazeLevel>& levels, datasets::ScanShard& shard) {
  size_t most = 0;
  for (const envs::MazeLevel& level : levels) most = std::max(most, level.objects.size());
  for (const envs::MazeLevel& level : levels)
    for (size_t i = 0; i < most; ++i) {
      const envs::LevelObject object =
          i < level.objects.size() ? level.objects[i] : envs::LevelObject{datasets::kNoObject, envs::kNoCell};
      shard.object_kind.push_back(object.kind);
      shard.object_cell.insert(shard.object_cell.end(), {object.cell.x, object.cell.y});
    }
}

}  // namespace

std::vector<envs::MazeState> add_levels(const envs::Task& task, const std::vector<envs::MazeLevel>& levels,
                                        datasets::ScanShard& shard) {
  std::vector<envs::MazeState> starts;
  for (const envs::MazeLevel& level : levels) {
    starts.push_back(task.initial_state(level));
    shard.level_seed.push_back(level.seed);
    shard.open.insert(shard.open.end(), level.open.begin(), level.open.end());
    shard.cheese.insert(shard.cheese.end(), {level.cheese.x, level.cheese.y});
    const envs::Cell goal = cell_of(task, starts.back(), envs::GoalKind::goal),
                     proxy = cell_of(task, starts.back(), envs::GoalKind::proxy),
                     decision = task.decision_cell(starts.back());
    shard.proxy.insert(shard.proxy.end(), {proxy.x, proxy.y});
    shard.optimal.push_back(task.optimal_steps(starts.back()));
    shard.on_path.push_back(on_path(level, goal, starts.back().mouse, proxy) ? 1 : 0);
    shard.decision.insert(shard.decision.end(), {decision.x, decision.y});
  }
  add_objects(levels, shard);
  return starts;
}

}  // namespace mazescan::scan
