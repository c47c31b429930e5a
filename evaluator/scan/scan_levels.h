#pragma once
#include <vector>

#include "datasets/scan_shard.h"
#include "envs/task.h"

namespace mazescan::scan {

// Appends to a shard what it holds of each level: seed, walls, cells and the path to the goal. Returns the states in which
// their episodes begin. The levels must outlive them.
std::vector<envs::MazeState> add_levels(const envs::Task& task, const std::vector<envs::MazeLevel>& levels,
                                        datasets::ScanShard& shard);

}  // namespace mazescan::scan
