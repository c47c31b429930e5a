#pragma once
#include <cstdint>
#include <vector>

#include "datasets/work_unit.h"
#include "envs/environment.h"
#include "envs/maze_state.h"
#include "evaluator/jobs/level_grid.h"

namespace mazescan::rollout {

// Returns the levels of a unit, each with its goal where the placement puts it, without those that have no cell for it. A
// level and its goal do not depend on the chunk of the unit.
std::vector<envs::MazeLevel> unit_levels(const jobs::LevelGrid& grid, const datasets::WorkUnit& unit,
                                         const envs::EnvironmentConfig& environment, uint64_t seed);

// Returns the name of the random stream of sampled rollouts, the same in a scan and in a recording.
std::string rollout_stream(const datasets::WorkUnit& unit);

// Returns the steps after which an episode of a unit ends.
int unit_limit(const jobs::LevelGrid& grid, const datasets::WorkUnit& unit,
               const envs::EnvironmentConfig& environment);

}  // namespace mazescan::rollout
