#pragma once
#include <string>
#include <string_view>

#include "envs/maze/editable_maze.h"
#include "envs/maze/level.h"

// Mazes as text, a line for each row of cells, the top row first:
//   '#' wall    '.' or ' ' free    'm' the mouse    'c' the cheese    '*' both on one cell
namespace mazescan {

// Reads a drawing: a square of odd side from 3 to 101, at most one mouse (none: at the bottom left), at most
// one cheese (none: a maze without). `world`: side of the grid in which the maze stands; 0: that of the maze.
// Throws UserError that names `name`, line and column (both from 1).
EditableMaze maze_from_text(std::string_view text, const std::string& name, int world = 0,
                            Anchor anchor = Anchor::centre);

// The drawing, free cells as '.', each line ended by a newline. Seed, background, world, clock and the way
// the mouse faces are not drawn.
std::string maze_to_text(const MazeState& state);

}  // namespace mazescan
