#pragma once
#include <cstddef>
#include <cstdint>

#include "envs/maze_state.h"

namespace mazescan::maze {

// Observation `planes`: uint8 [3, world_dim, world_dim], values 0 and 1, row 0 at the top of the picture.
//   plane 0: free cells (walls and padding 0)
//   plane 1: the mouse
//   plane 2: the cheese (all 0 if there is none)
constexpr int kPlanes = 3;
constexpr size_t planes_bytes(int world_dim) {
  return static_cast<size_t>(kPlanes) * world_dim * world_dim;
}
void write_planes(const envs::MazeState& state, uint8_t* out);

// Returns the index of a maze cell within one plane.
inline size_t plane_index(const envs::MazeLevel& level, envs::Cell cell) {
  return static_cast<size_t>(level.world_dim - 1 - (level.origin.y + cell.y)) * level.world_dim +
         level.origin.x + cell.x;
}

}  // namespace mazescan::maze
