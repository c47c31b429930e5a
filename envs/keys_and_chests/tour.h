#pragma once
#include <cstdint>

#include "envs/maze_state.h"

namespace mazescan::keys_and_chests {

// Levels with more objects have no known optimum: the table of sets grows as 2 to this power.
constexpr size_t kMaxTourObjects = 12;

// Takes what is on the mouse's cell: a key, then a chest if a key is held.
uint32_t after_visit(const envs::MazeLevel& level, uint32_t taken, envs::Cell cell);

// Returns the moves of the shortest episode from the start of a level whose free cells are a tree, by dynamic
// programming over sets of objects that are gone and the object that the mouse is on. -1 if the level cannot
// be finished, or has more than kMaxTourObjects objects.
int shortest_tour(const envs::MazeLevel& level);

}  // namespace mazescan::keys_and_chests
