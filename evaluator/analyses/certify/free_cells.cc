#include "evaluator/analyses/certify/free_cells.h"

#include "envs/maze_state.h"
#include "envs/paths.h"

namespace mazescan::certify {

FreeCells::FreeCells(const envs::MazeLevel& level) : size(level.size), cells(open_cells(level)) {
  std::vector<int> number(level.open.size(), -1);
  for (int i = 0; i < count(); ++i) number[level.index(cells[i])] = i;
  for (int i = 0; i < count(); ++i) {
    next.emplace_back();
    for (int m = 0; m < envs::kMoves; ++m) {
      const envs::Cell to = envs::neighbour(cells[i], static_cast<envs::Move>(m));
      next.back()[m] = level.is_open(to) ? number[level.index(to)] : i;
    }
    const auto from_here = envs::distances(level, cells[i]);
    for (const envs::Cell cell : cells) distance.push_back(from_here[level.index(cell)]);
  }
}

}  // namespace mazescan::certify
