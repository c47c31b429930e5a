#pragma once
#include <array>
#include <vector>

#include "envs/task.h"

namespace mazescan::envs {

// The states that the mouse can reach in one episode, and where each move leads.
struct StateGraph {
  using Rewards = std::array<uint8_t, kMoves>;
  std::vector<MazeState> states;              // without the goal; state 0 is the start. Clocks are 0
  std::vector<std::array<int, kMoves>> next;  // one row for each of `states`, indexed by Move
  std::vector<Rewards> rewards;               // of the same moves: how often each earns the reward
  int goal() const { return static_cast<int>(states.size()); }
};

// The largest graph that is made.
constexpr size_t kMaxGraphStates = 100'000;

// Returns the graph of the episode that begins in `start`. facing: whether states also differ by the
// direction that the mouse faces. Throws UserError if the task is continuous, or the graph has more than
// kMaxGraphStates states, which happens only with many objects: each set of objects that are gone is a state of
// its own.
StateGraph reachable_states(const Task& task, const MazeState& start, bool facing);

// Returns the number of moves from each state to the goal, which is the last entry; -1 where there is no way.
std::vector<int> moves_to_goal(const StateGraph& graph);

// Returns the states, then the goal, from the farthest to the nearest: an order of elimination that adds no
// transitions if the maze is a tree.
std::vector<int> farthest_first(const StateGraph& graph);

}  // namespace mazescan::envs
