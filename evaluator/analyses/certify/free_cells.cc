#include "evaluator/analyses/certify/free_cells.h"

#include "envs/maze_state.h"
#include "envs/paths.h"

namespace mazescan {

FreeCells::FreeCells(const MazeLevel& level) : size(level.size), cells(open_cells(level)) {
  std::vector<int> number(level.open.size(), -1);
  for (int i = 0; i < count(); ++i) number[level.index(cells[i])] = i;
  for (int i = 0; i < count(); ++i) {
    next.emplace_back();
    for (int m = 0; m < kMoves; ++m) {
      const Cell to = neighbour(cells[i], static_cast<Move>(m));
      next.back()[m] = level.is_open(to) ? number[level.index(to)] : i;
    }
    const auto from_here = distances(level, cells[i]);
    for (const Cell cell : cells) distance.push_back(from_here[level.index(cell)]);
  }
}

}  // namespace mazescan
