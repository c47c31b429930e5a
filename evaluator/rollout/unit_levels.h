#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/work_unit.h"
#include "envs/environment.h"
#include "envs/maze_state.h"
#include "envs/task.h"
#include "evaluator/jobs/level_grid.h"

namespace mazescan::rollout {

// Returns the level of a level seed with its goal placed; nothing if it has no cell for the goal.
std::optional<envs::MazeLevel> placed_level(const envs::Task& task, int32_t level_seed, int size,
                                            const std::string& placement, uint64_t seed);

// Returns the levels of a unit with their goals placed, except levels without a cell for the goal. A level
// and its goal do not depend on the unit's chunk.
std::vector<envs::MazeLevel> unit_levels(const jobs::LevelGrid& grid, const datasets::WorkUnit& unit,
                                         const envs::EnvironmentConfig& environment, uint64_t seed);

// Returns the name of the random stream of sampled rollouts, which scans and recordings share.
std::string rollout_stream(const datasets::WorkUnit& unit);

// Returns the maximum number of steps in an episode of a unit.
int unit_limit(const jobs::LevelGrid& grid, const datasets::WorkUnit& unit,
               const envs::EnvironmentConfig& environment);

}  // namespace mazescan::rollout
