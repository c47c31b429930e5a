#include "evaluator/rollout/unit_levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/random.h"
#include "envs/task.h"

namespace mazescan {

std::vector<MazeLevel> unit_levels(const LevelGrid& grid, const WorkUnit& unit,
                                   const EnvironmentConfig& environment, uint64_t seed) {
  std::vector<MazeLevel> levels;
  const auto task = make_task(environment);
  const int begin = unit.chunk * grid.chunk, end = std::min(begin + grid.chunk, grid.levels);
  for (int i = begin; i < end; ++i) {
    MazeLevel level = make_level(*task, static_cast<int32_t>(grid.first_level + i), unit.size);
    RandomStream random(seed, "placement/" + unit.subject, static_cast<uint64_t>(level.seed));
    if (task->place_goal(level, unit.subject, random)) levels.push_back(std::move(level));
  }
  return levels;
}

std::string rollout_stream(const WorkUnit& unit) {
  return fmt::format("rollout/{}/{}", unit.size, unit.subject);
}

int unit_limit(const LevelGrid& grid, const WorkUnit& unit, const EnvironmentConfig& environment) {
  return grid.max_steps > 0 ? grid.max_steps : time_limit(environment, unit.size);
}

}  // namespace mazescan
