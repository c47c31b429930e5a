#pragma once
#include <cstdint>
#include <vector>

#include "datasets/work_unit.h"
#include "envs/environment.h"
#include "envs/maze_state.h"
#include "evaluator/jobs/level_grid.h"

namespace mazescan {

// Returns the levels of a unit, each with its goal where the placement puts it, without those that have no cell for it. A
// level and its goal do not depend on the chunk of the unit.
std::vector<MazeLevel> unit_levels(const LevelGrid& grid, const WorkUnit& unit,
                                   const EnvironmentConfig& environment, uint64_t seed);

// Returns the name of the random stream of sampled rollouts, the same in a scan and in a recording.
std::string rollout_stream(const WorkUnit& unit);

// Returns the steps after which an episode of a unit ends.
int unit_limit(const LevelGrid& grid, const WorkUnit& unit, const EnvironmentConfig& environment);

}  // namespace mazescan
