#pragma once
#include <string>

#include "evaluator/draw/maze_choice.h"

namespace mazescan::draw {

struct PrintedMaze {
  std::string drawing;  // text in the form that `--text` reads
  std::string verdict;  // whether the game's generator could have made the maze, and if not, why
};

// Returns the chosen maze as text. Throws UserError if there is no such maze.
PrintedMaze print_maze(const MazeChoice& choice);

}  // namespace mazescan::draw
