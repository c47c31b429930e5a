#pragma once
#include <vector>

#include "envs/maze_state.h"

namespace mazescan::maze {

// Returns copies of the state with the mouse on every free cell (for a vector field), that of the cheese
// included. They are in the order of MazeLevel::open and point to the same level.
std::vector<envs::MazeState> mouse_variations(const envs::MazeState& state);

}  // namespace mazescan::maze
