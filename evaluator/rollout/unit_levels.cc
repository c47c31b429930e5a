#include "evaluator/rollout/unit_levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/random.h"
#include "envs/maze/maze_environment.h"
#include "envs/maze/placement.h"

namespace mazescan {

std::vector<MazeLevel> unit_levels(const LevelGrid& grid, const WorkUnit& unit,
                                   const EnvironmentConfig& environment, uint64_t seed) {
  std::vector<MazeLevel> levels;
  const LevelOptions options = level_options(environment);
  const int begin = unit.block * grid.block, end = std::min(begin + grid.block, grid.levels);
  for (int i = begin; i < end; ++i) {
    MazeLevel level = generate_level(options, static_cast<int32_t>(grid.first_level + i), unit.size);
    RandomStream random(seed, "placement/" + unit.subject, static_cast<uint64_t>(level.seed));
    level.cheese = place_cheese(level, unit.subject, environment.region, random);
    if (level.cheese != kNoCell) levels.push_back(std::move(level));
  }
  return levels;
}

std::string rollout_stream(const WorkUnit& unit) {
  return fmt::format("rollout/{}/{}", unit.size, unit.subject);
}

int unit_limit(const LevelGrid& grid, const WorkUnit& unit, const EnvironmentConfig& environment) {
  return grid.limit > 0 ? grid.limit : time_limit(environment, unit.size);
}

}  // namespace mazescan
