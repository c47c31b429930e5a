#include "envs/maze_state.h"

namespace mazescan {

MazeState initial_state(const MazeLevel& level) {
  MazeState state;
  state.level = &level;
  state.cheese = level.cheese;
  return state;
}

bool apply_move(MazeState& state, Move move) {
  ++state.clock;
  // The mouse turns even where a wall stops it.
  if (move == Move::right) state.mirrored = true;
  if (move == Move::left) state.mirrored = false;
  const Cell target = neighbour(state.mouse, move);
  if (state.level->is_open(target)) state.mouse = target;
  if (state.mouse != state.cheese) return false;
  state.cheese = kNoCell;
  return true;
}

}  // namespace mazescan
