#include "envs/maze_state.h"

namespace mazescan::envs {

std::vector<Cell> open_cells(const MazeLevel& level) {
  std::vector<Cell> cells;
  for (size_t i = 0; i < level.open.size(); ++i)
    if (level.open[i] != 0) cells.push_back(level.cell(i));
  return cells;
}

MazeState initial_state(const MazeLevel& level) {
  MazeState state;
  state.level = &level;
  state.mouse = level.start;
  state.cheese = level.cheese;
  return state;
}

bool apply_move(MazeState& state, Move move) {
  ++state.clock;
  // The mouse turns even where a wall stops it.
  if (move == Move::right) state.facing_right = true;
  if (move == Move::left) state.facing_right = false;
  const Cell target = neighbour(state.mouse, move);
  if (state.level->is_open(target)) state.mouse = target;
  if (state.mouse != state.cheese) return false;
  state.cheese = kNoCell;
  return true;
}

}  // namespace mazescan::envs
