#include "evaluator/rollout/unit_levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/random.h"
#include "envs/task.h"

namespace mazescan::rollout {

std::optional<envs::MazeLevel> placed_level(const envs::Task& task, int32_t level_seed, int size,
                                            const std::string& placement, uint64_t seed) {
  envs::MazeLevel level = make_level(task, level_seed, size);
  RandomStream random(seed, "placement/" + placement, static_cast<uint64_t>(level.seed));
  if (!task.place_goal(level, placement, random)) return std::nullopt;
  return level;
}

std::vector<envs::MazeLevel> unit_levels(const jobs::LevelGrid& grid, const datasets::WorkUnit& unit,
                                         const envs::EnvironmentConfig& environment, uint64_t seed) {
  std::vector<envs::MazeLevel> levels;
  const auto task = make_task(environment);
  const int begin = unit.chunk * grid.chunk, end = std::min(begin + grid.chunk, grid.levels);
  for (int i = begin; i < end; ++i)
    if (auto level =
            placed_level(*task, static_cast<int32_t>(grid.first_level + i), unit.size, unit.subject, seed))
      levels.push_back(std::move(*level));
  return levels;
}

std::string rollout_stream(const datasets::WorkUnit& unit) {
  return fmt::format("rollout/{}/{}", unit.size, unit.subject);
}

int unit_limit(const jobs::LevelGrid& grid, const datasets::WorkUnit& unit,
               const envs::EnvironmentConfig& environment) {
  return grid.max_steps > 0 ? grid.max_steps : time_limit(environment, unit.size);
}

}  // namespace mazescan::rollout
