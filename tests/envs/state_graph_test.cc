#include "envs/state_graph.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "envs/maze/maze_config.h"
#include "envs/paths.h"

namespace mazescan::envs {
namespace {

std::unique_ptr<const Task> make_maze(int world_dim) {
  EnvironmentConfig config("maze_aisc");
  config.own<maze::MazeConfig>().world_dim = world_dim;
  return make_task(config);
}

TEST(StateGraph, HoldsEveryFreeCellButTheGoalOnce) {
  const auto task = make_maze(15);
  for (int32_t seed = 0; seed < 50; ++seed) {
    const MazeLevel level = make_level(*task, seed, 15);
    const MazeState start = task->initial_state(level);
    const StateGraph graph = reachable_states(*task, start, false);
    // A maze is a tree: cells behind the cheese cannot be reached.
    std::vector<int> seen(level.open.size());
    for (const MazeState& state : graph.states) {
      ++seen[level.index(state.mouse)];
      EXPECT_EQ(state.cheese, level.cheese);
      EXPECT_FALSE(on_path(level, level.cheese, start.mouse, state.mouse));
    }
    for (const Cell cell : open_cells(level))
      EXPECT_EQ(seen[level.index(cell)], on_path(level, level.cheese, start.mouse, cell) ? 0 : 1);
    EXPECT_EQ(graph.states.front().mouse, start.mouse);
  }
}

TEST(StateGraph, MovesLeadWhereTheRulesLead) {
  const auto task = make_maze(9);
  for (const bool facing : {false, true}) {
    const MazeLevel level = make_level(*task, 5, 9);
    const StateGraph graph = reachable_states(*task, task->initial_state(level), facing);
    ASSERT_EQ(graph.next.size(), graph.states.size());
    for (size_t s = 0; s < graph.states.size(); ++s)
      for (size_t m = 0; m < kMoves; ++m) {
        MazeState state = graph.states[s];
        const bool reached = task->apply_move(state, static_cast<Move>(m)).over;
        ASSERT_EQ(graph.rewards[s][m], reached ? 1 : 0);
        ASSERT_EQ(graph.next[s][m] == graph.goal(), reached);
        if (reached) continue;
        const MazeState& next = graph.states[static_cast<size_t>(graph.next[s][m])];
        EXPECT_EQ(next.mouse, state.mouse);
        EXPECT_EQ(next.facing_right, facing && state.facing_right);
        EXPECT_EQ(next.clock, 0);
      }
  }
}

TEST(StateGraph, DistancesAreThoseOfTheMaze) {
  const auto task = make_maze(9);
  const MazeLevel level = make_level(*task, 7, 9);
  const StateGraph graph = reachable_states(*task, task->initial_state(level), true);
  const std::vector<int> moves = moves_to_goal(graph);
  const std::vector<int32_t> steps = distances(level, level.cheese);
  for (size_t s = 0; s < graph.states.size(); ++s)
    EXPECT_EQ(moves[s], steps[level.index(graph.states[s].mouse)]);
  EXPECT_EQ(moves.back(), 0);
  const std::vector<int> order = farthest_first(graph);
  ASSERT_EQ(order.size(), moves.size());
  for (size_t i = 1; i < order.size(); ++i)
    EXPECT_GE(moves[static_cast<size_t>(order[i - 1])], moves[static_cast<size_t>(order[i])]);
  EXPECT_EQ(order.back(), graph.goal());
}

TEST(StateGraph, AGoalOutOfReachIsFarthest) {
  const auto task = make_maze(5);
  const MazeLevel level = make_level(*task, 1, 5);
  MazeState start = task->initial_state(level);
  start.cheese = kNoCell;
  const StateGraph graph = reachable_states(*task, start, false);
  for (const int moves : moves_to_goal(graph)) EXPECT_LE(moves, 0);
  EXPECT_EQ(moves_to_goal(graph).front(), -1);
  EXPECT_EQ(farthest_first(graph).back(), graph.goal());
}

}  // namespace
}  // namespace mazescan::envs
