#include "evaluator/rollout/walk.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "envs/maze/maze_task.h"
#include "envs/paths.h"
#include "tests/evaluator/planted_agents.h"

namespace mazescan::rollout {
namespace {

envs::MazeLevel walked_level(int seed, int size) {
  maze::LevelOptions options;
  options.world_dim = 15;
  options.region = 1;
  return maze::generate_level(options, seed, size);
}

std::vector<envs::MazeState> walked_episodes(const std::vector<envs::MazeLevel>& levels) {
  std::vector<envs::MazeState> states;
  states.reserve(levels.size());
  for (const envs::MazeLevel& level : levels) states.push_back(initial_state(level));
  return states;
}

TEST(Walk, ToTheCheeseIsARollout) {
  std::vector<envs::MazeLevel> levels;
  std::vector<envs::Cell> goals;
  for (int seed = 0; seed < 20; ++seed) {
    levels.push_back(walked_level(seed, 9));
    goals.push_back(levels.back().cheese);
  }
  const CheeseSeeker agent(0.3);
  PolicyCache cache(agent, walked_episodes(levels));
  const datasets::WalkEnds walks = walk_to(cache, goals, ActionSelection::kGreedy, 60, 1, "walks");
  const datasets::Rollouts rollouts =
      run_rollouts(cache, maze::MazeTask(maze::MazeConfig()), ActionSelection::kGreedy, 60,
                   std::vector<envs::Cell>(levels.size(), envs::kNoCell), 1, "rollouts");
  EXPECT_EQ(walks.reached, rollouts.success);
  EXPECT_EQ(walks.steps, rollouts.steps);
  const datasets::WalkEnds sampled = walk_to(cache, goals, ActionSelection::kSampled, 500, 1, "walks");
  for (size_t e = 0; e < levels.size(); ++e) {
    EXPECT_EQ(sampled.reached[e], 1);
    EXPECT_GE(sampled.steps[e], distance(levels[e], envs::kStart, goals[e]));
  }
}

// A walker to the top right visits the cells of its path and no others. Reaching the cheese ends the walk.
TEST(Walk, EndsAtTheGoalOrAtCheeseElsewhere) {
  const TopRightWalker agent;
  for (int seed = 0; seed < 10; ++seed) {
    const envs::MazeLevel level = walked_level(seed, 9);
    const std::vector<envs::Cell> path = envs::shortest_path(level, envs::kStart, level.top_right());
    for (const envs::Cell goal : open_cells(level)) {
      envs::MazeState free = initial_state(level);
      free.cheese = envs::kNoCell;
      envs::MazeState stopped = free;
      stopped.cheese = path[path.size() / 2];
      PolicyCache cache(agent, {free, stopped});
      const datasets::WalkEnds walks =
          walk_to(cache, {goal, goal}, ActionSelection::kGreedy, 100, 1, "walks");
      const bool on = on_path(level, goal, envs::kStart, level.top_right());
      const int away = distance(level, envs::kStart, goal);
      EXPECT_EQ(walks.reached[0] == 1, on);
      EXPECT_EQ(walks.steps[0], on ? away : 100);
      EXPECT_EQ(walks.reached[1] == 1, on && away <= static_cast<int>(path.size() / 2));
      if (walks.reached[1] == 0) {
        EXPECT_EQ(walks.steps[1], path.size() / 2);
      }
    }
  }
}

TEST(Walk, TheLimitHolds) {
  const envs::MazeLevel level = walked_level(3, 9);
  const TopRightWalker agent;
  envs::MazeState state = initial_state(level);
  const int away = distance(level, envs::kStart, level.top_right());
  PolicyCache cache(agent, {state});
  EXPECT_EQ(walk_to(cache, {level.top_right()}, ActionSelection::kGreedy, away, 1, "w").reached[0], 1);
  EXPECT_EQ(walk_to(cache, {level.top_right()}, ActionSelection::kGreedy, away - 1, 1, "w").reached[0], 0);
}

TEST(Walk, PathProbabilityIsThatOfTheMovesOfTheShortestPath) {
  const envs::MazeLevel level = walked_level(5, 9);
  const CheeseSeeker agent(0.2);
  for (const envs::Cell target : open_cells(level)) {
    if (target == envs::kStart) continue;
    envs::MazeState with = initial_state(level);
    with.cheese = target;
    PolicyCache cache(agent, {with, initial_state(level)});
    const auto logs = path_log_probability(cache, {target, target});
    EXPECT_NEAR(logs[0], std::log(0.8), 1e-5);
    // The agent moves towards the cheese with probability 0.8 and makes each other move with 0.05.
    const std::vector<envs::Cell> path = envs::shortest_path(level, envs::kStart, target);
    double expected = 0;
    for (size_t i = 1; i < path.size(); ++i) {
      const bool nearer = distance(level, path[i], level.cheese) < distance(level, path[i - 1], level.cheese);
      expected += std::log(nearer ? 0.8 : 0.05) / static_cast<double>(path.size() - 1);
    }
    EXPECT_NEAR(logs[1], expected, 1e-5);
  }
}

}  // namespace
}  // namespace mazescan::rollout
