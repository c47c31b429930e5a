#pragma once
#include <string>
#include <string_view>

#include "envs/maze/editable_maze.h"
#include "envs/maze/level.h"

// Mazes as text, one line for each row of cells, the top row first:
//   '#' wall    '.' or ' ' free    'm' the mouse    'c' the cheese    '*' both on one cell
namespace mazescan::maze {

// Reads a drawing: a square of odd side from 3 to 101, at most one mouse (none: at the bottom left), at most
// one cheese. world_dim: side of the grid around the maze; 0: that of the maze. Throws UserError with `name`,
// line and column (from 1).
EditableMaze maze_from_text(std::string_view text, const std::string& name, int world_dim = 0,
                            Anchor anchor = Anchor::centre);

// Draws the maze, free cells as '.', each line ended by a newline. Seed, background, world_dim, clock and the
// way the mouse faces are left out.
std::string maze_to_text(const envs::MazeState& state);

}  // namespace mazescan::maze
