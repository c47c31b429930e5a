#include "evaluator/collect/collect.h"

#include <gtest/gtest.h>

#include "envs/maze/maze_config.h"
#include "tests/evaluator/planted_agents.h"

namespace mazescan::collect {
namespace {

struct Mazes {
  envs::EnvironmentConfig environment{"maze_aisc"};
  std::unique_ptr<const envs::Task> task;
  std::vector<envs::MazeLevel> levels;
  std::vector<envs::MazeState> starts;

  Mazes() {
    environment.set("world_dim", "7");
    environment.reward = 3;
    task = make_task(environment);
    for (int seed = 0; seed < 30; ++seed) levels.push_back(make_level(*task, seed, 7));
    for (const envs::MazeLevel& level : levels) starts.push_back(task->initial_state(level));
  }
  std::vector<episodes::Episode> play(const rollout::Agent& agent, int limit, uint64_t seed = 1) const {
    rollout::PolicyCache cache(agent, starts);
    return play_episodes(cache, *task, environment.reward, limit, seed, "s");
  }
};

TEST(Collect, AMouseThatGoesToTheCheeseIsTerminatedThere) {
  const Mazes mazes;
  const CheeseSeeker agent;
  const auto played = mazes.play(agent, 100);
  ASSERT_EQ(played.size(), mazes.levels.size());
  for (size_t e = 0; e < played.size(); ++e) {
    const episodes::Episode& episode = played[e];
    EXPECT_TRUE(episode.terminated && !episode.truncated);
    EXPECT_EQ(static_cast<int>(episode.actions.size()), mazes.task->optimal_steps(mazes.starts[e]));
    EXPECT_EQ(episode.rewards.size(), episode.actions.size());
    for (size_t t = 0; t < episode.rewards.size(); ++t)
      EXPECT_EQ(episode.rewards[t], t + 1 == episode.rewards.size() ? 3 : 0);
    EXPECT_EQ(episode.level->seed, mazes.levels[e].seed);
    EXPECT_NE(episode.level.get(), &mazes.levels[e]) << "the level is a copy";
  }
}

TEST(Collect, TheTimeLimitTruncates) {
  const Mazes mazes;
  const CheeseSeeker agent;
  int truncated = 0;
  for (const episodes::Episode& episode : mazes.play(agent, 14)) {
    EXPECT_LE(episode.actions.size(), 14U);
    EXPECT_NE(episode.terminated, episode.truncated);
    EXPECT_EQ(episode.truncated, episode.rewards.back() == 0);
    truncated += episode.truncated ? 1 : 0;
  }
  EXPECT_GT(truncated, 0);
  EXPECT_LT(truncated, 30);
}

TEST(Collect, ActionsAreSampledWithOneStreamALevel) {
  const Mazes mazes;
  const TopRightWalker agent(0.5);
  const auto one = mazes.play(agent, 60), again = mazes.play(agent, 60), other = mazes.play(agent, 60, 2);
  int different = 0, best = 0, steps = 0;
  for (size_t e = 0; e < one.size(); ++e) {
    EXPECT_EQ(one[e].actions, again[e].actions);
    different += one[e].actions == other[e].actions ? 0 : 1;
    envs::MazeState state = one[e].first;
    for (const uint8_t action : one[e].actions) {
      const auto move = static_cast<envs::Move>(action);
      best += move ==
              envs::optimal_policy(*state.level, state.level->top_right())[state.level->index(state.mouse)];
      ++steps;
      mazes.task->apply_move(state, move);
    }
  }
  EXPECT_GT(different, 25);
  EXPECT_NEAR(static_cast<double>(best) / steps, 0.5, 0.06);
}

}  // namespace
}  // namespace mazescan::collect
