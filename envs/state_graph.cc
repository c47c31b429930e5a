#include "envs/state_graph.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "core/error.h"

namespace mazescan::envs {

StateGraph reachable_states(const Task& task, const MazeState& start, bool facing) {
  require(!task.is_continuous(), "all states of a level of this environment",
          "its mouse moves by parts of a cell, so they are too many to compute",
          "`train.advantages: sampled`");
  const MazeLevel& level = *start.level;
  StateGraph graph;
  // The states by cell and direction, for each set of objects that are gone.
  std::unordered_map<uint32_t, std::vector<int>> known;
  constexpr int kGoal = -2;  // replaced below, when the number of states is known
  const auto index_of = [&](MazeState state) {
    state.facing_right = facing && state.facing_right;
    state.clock = 0;
    std::vector<int>& cells = known[state.taken];
    if (cells.empty()) cells.assign(level.open.size() * 2, -1);
    int& index = cells[level.index(state.mouse) * 2 + (state.facing_right ? 1 : 0)];
    if (index < 0) {
      require(graph.states.size() < kMaxGraphStates,
              lazy("level {} of size {} has more than {} states", level.seed, level.size, kMaxGraphStates),
              "all states of a level are computed, and each set of objects that are gone has its own",
              "smaller levels; in training also `train.advantages: sampled`");
      index = static_cast<int>(graph.states.size());
      graph.states.push_back(state);
    }
    return index;
  };
  index_of(start);
  for (size_t s = 0; s < graph.states.size(); ++s) {
    graph.next.emplace_back();
    graph.rewards.emplace_back();
    for (size_t m = 0; m < kMoves; ++m) {
      MazeState state = graph.states[s];
      const MoveResult result = task.apply_move(state, static_cast<Move>(m));
      graph.next[s][m] = result.over ? kGoal : index_of(state);
      graph.rewards[s][m] = static_cast<uint8_t>(result.rewards);
    }
  }
  for (auto& row : graph.next) std::replace(row.begin(), row.end(), kGoal, graph.goal());
  return graph;
}

std::vector<int> moves_to_goal(const StateGraph& graph) {
  std::vector<std::vector<int>> from(graph.states.size() + 1);  // the states with a move to each state
  for (size_t s = 0; s < graph.next.size(); ++s)
    for (const int to : graph.next[s]) from[static_cast<size_t>(to)].push_back(static_cast<int>(s));
  std::vector<int> moves(graph.states.size() + 1, -1);
  moves.back() = 0;
  std::vector<int> reached = {graph.goal()};
  for (size_t i = 0; i < reached.size(); ++i)  // in the order of their distance
    for (const int s : from[static_cast<size_t>(reached[i])])
      if (moves[static_cast<size_t>(s)] < 0) {
        moves[static_cast<size_t>(s)] = moves[static_cast<size_t>(reached[i])] + 1;
        reached.push_back(s);
      }
  return moves;
}

std::vector<int> farthest_first(const StateGraph& graph) {
  const std::vector<int> moves = moves_to_goal(graph);
  const auto distance = [&](int s) {
    const int there = moves[static_cast<size_t>(s)];
    return there < 0 ? std::numeric_limits<int>::max() : there;
  };
  std::vector<int> order(moves.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return distance(a) > distance(b); });
  return order;
}

}  // namespace mazescan::envs
