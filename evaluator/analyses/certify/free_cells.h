#pragma once
#include <array>
#include <vector>

#include "envs/maze_state.h"

namespace mazescan::certify {

// The graph of a layout's free cells, numbered in the order of MazeLevel::open.
struct FreeCells {
  explicit FreeCells(const envs::MazeLevel& level);

  int count() const { return static_cast<int>(cells.size()); }
  int steps(int from, int to) const { return distance[static_cast<size_t>(from) * cells.size() + to]; }
  // Returns whether the cell is on the path from the start to the top-right corner, which is the last cell.
  bool on_way_to_corner(int cell) const {
    return steps(0, cell) + steps(cell, count() - 1) == steps(0, count() - 1);
  }

  int size = 0;                                     // maze side, in cells
  std::vector<envs::Cell> cells;                    // the first is the start
  std::vector<std::array<int, envs::kMoves>> next;  // where each move leads: a neighbour, or the cell itself
  std::vector<int32_t> distance;                    // [from, to], steps
};

}  // namespace mazescan::certify
