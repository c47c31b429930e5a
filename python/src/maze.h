#pragma once
#include <nanobind/nanobind.h>

#include <utility>

#include "envs/maze_state.h"

namespace mazescan::python {

using Pair = std::pair<int, int>;  // x, y

// Throws UserError if no maze has the cell.
envs::Cell cell_of(Pair at);

// Adds the class Maze to the module.
void bind_maze(nanobind::module_& module);

}  // namespace mazescan::python
