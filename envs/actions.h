#pragma once
#include <string>
#include <vector>

#include "envs/maze_state.h"

namespace mazescan::envs {

// The actions that a policy chooses from. Every environment has both sets.
enum class ActionSet {
  procgen,  // procgen's 15
  moves     // one action for each Move
};
inline std::vector<std::string> config_names(ActionSet) {
  return {"procgen", "moves"};
}

constexpr int kProcgenActions = 15;

constexpr int action_count(ActionSet actions) {
  return actions == ActionSet::procgen ? kProcgenActions : kMoves;
}

// Returns the move that `action`, 0..action_count-1, makes. procgen: 0 1 2 left, 3 down, 4 noop, 5 up, 6 7 8
// right, 9..14 noop.
constexpr Move move_of(ActionSet actions, int action) {
  constexpr Move kProcgen[9] = {Move::left, Move::left,  Move::left,  Move::down, Move::noop,
                                Move::up,   Move::right, Move::right, Move::right};
  if (actions == ActionSet::moves) return static_cast<Move>(action);
  return action >= 0 && action < 9 ? kProcgen[action] : Move::noop;
}

}  // namespace mazescan::envs
