#pragma once
#include "envs/maze/maze_text.h"

namespace mazescan {

// Returns a maze of size 3 whose only path leads from the mouse at (0, 0) to the cheese at (2, 2).
inline maze::EditableMaze drawn_maze() {
  return maze::maze_from_text(
      "..c\n"
      "##.\n"
      "m..\n",
      "drawing");
}

}  // namespace mazescan
