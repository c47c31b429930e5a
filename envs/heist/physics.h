#pragma once
#include "envs/maze_state.h"

// The motion of procgen's heist, in binary32: the mouse accelerates, coasts, and stops at walls and closed doors.
namespace mazescan::heist {

// The acceleration that an action asks for: -1, 0 or 1 on each axis.
struct Direction {
  int x = 0, y = 0;
};

constexpr float kMouseRadius = 0.375F;  // half the side of the square that the mouse takes up

// Returns whether the mouse holds the key of a colour. A key that has opened its door is still held.
bool holds_key(const envs::MazeState& state, int colour);

// Returns the cell of the level that a point of the grid is in.
envs::Cell cell_of(const envs::MazeLevel& level, envs::Vector point);

// Returns whether a mouse at this point overlaps no wall.
bool fits_at(const envs::MazeLevel& level, envs::Vector point);

// Takes one step: moves the mouse, then it takes the keys, opens the doors and leaves by the exit that it
// touches. The exit gives the reward and ends the level.
envs::MoveResult take_step(envs::MazeState& state, Direction direction);

}  // namespace mazescan::heist
