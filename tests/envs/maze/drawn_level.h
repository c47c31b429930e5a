#pragma once
#include <string>
#include <vector>

#include "envs/maze_state.h"

namespace mazescan {

// Returns a level drawn by hand: rows from the top, '#' wall, '.' free, 'C' the cheese on a free cell. The
// level fills its world.
inline envs::MazeLevel drawn_level(const std::vector<std::string>& rows) {
  envs::MazeLevel level;
  level.size = level.world_dim = static_cast<int>(rows.size());
  for (size_t row = rows.size(); row-- > 0;)
    for (const char mark : rows[row]) {
      if (mark == 'C') level.cheese = level.cell(level.open.size());
      level.open.push_back(mark == '#' ? 0 : 1);
    }
  return level;
}

}  // namespace mazescan
