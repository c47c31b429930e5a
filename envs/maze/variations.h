#pragma once
#include <vector>

#include "envs/maze/planes.h"
#include "envs/maze_state.h"

// Batches for looking inside a policy: one state, varied in one thing. The states are in the order of
// MazeLevel::open and point to the same level.
namespace mazescan {

// The cells on which a mouse can stand, in the order of MazeLevel::open.
std::vector<Cell> open_cells(const MazeLevel& level);

// The mouse on every free cell (a vector field), that of the cheese included.
std::vector<MazeState> mouse_variations(const MazeState& state);

// The cheese on every free cell, that of the mouse included.
std::vector<MazeState> cheese_variations(const MazeState& state);

// Observation `planes` of all, uint8 [states, 3, world, world]; the levels stand in worlds of one size.
void write_planes(const std::vector<MazeState>& states, uint8_t* out);

}  // namespace mazescan
