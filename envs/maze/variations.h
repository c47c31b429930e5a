#pragma once
#include <vector>

#include "envs/maze/planes.h"
#include "envs/maze_state.h"

// Copies of one state that differ in one thing. They are in the order of MazeLevel::open and point to the
// same level.
namespace mazescan::maze {

// Puts the mouse on every free cell (for a vector field), that of the cheese included.
std::vector<envs::MazeState> mouse_variations(const envs::MazeState& state);

// Puts the cheese on every free cell, that of the mouse included.
std::vector<envs::MazeState> cheese_variations(const envs::MazeState& state);

// Writes the observation `planes` of every state, uint8 [states, 3, world_dim, world_dim]. All levels have
// the same world_dim.
void write_planes(const std::vector<envs::MazeState>& states, uint8_t* out);

}  // namespace mazescan::maze
