#pragma once
#include <nanobind/nanobind.h>

namespace mazescan::python {

// Adds the class Maze to the module.
void bind_maze(nanobind::module_& module);

}  // namespace mazescan::python
