#include "trainer/offline_data.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "envs/maze/maze_config.h"
#include "tests/datasets/episodes/sample_episodes.h"
#include "tests/storage/temporary_folder.h"
#include "tests/trainer/tiny_training.h"

namespace mazescan::trainer {
namespace {

class OfflineDataTest : public testing::Test {
 protected:
  OfflineDataTest() {
    config_ = tiny_training();
    config_.environment.time_limit = 120;
    config_.train.advantages = Advantages::offline;
    config_.train.offline.data = (folder_ / episodes::kFileName).string();
    write(episodes::play_levels(config_.environment, {3, 5}, 25, episodes::random_moves(2)));
  }
  void write(episodes::Dataset dataset) {
    written_ = std::move(dataset);
    write_file(config_.train.offline.data, written_);
  }

  TemporaryFolder folder_;
  TrainerConfig config_;
  episodes::Dataset written_;
};

TEST_F(OfflineDataTest, EveryStepIsATransition) {
  const OfflineData data(config_);
  size_t steps = 0, terminated = 0, ends = 0;
  for (const episodes::Episode& episode : written_.episodes) {
    for (size_t t = 0; t < episode.actions.size(); ++t, ++steps) {
      const Transition& mine = data.transitions().at(steps);
      const bool last = t + 1 == episode.actions.size();
      EXPECT_EQ(mine.state.clock, static_cast<int>(t));
      EXPECT_EQ(mine.next.clock, static_cast<int>(t) + 1);
      EXPECT_EQ(mine.action, episode.actions[t]);
      EXPECT_EQ(mine.reward, episode.rewards[t]);
      EXPECT_EQ(mine.terminated, last && episode.terminated) << "a truncated step has a future";
      EXPECT_EQ(mine.state.level->seed, episode.level->seed);
      EXPECT_EQ(mine.steps_to_goal,
                episode.terminated ? static_cast<float>(episode.actions.size() - t) : INFINITY);
      terminated += mine.terminated ? 1 : 0;
      ends += last ? 1 : 0;
    }
  }
  EXPECT_EQ(data.transitions().size(), steps);
  EXPECT_GT(terminated, 0U);
  EXPECT_LT(terminated, ends) << "the test needs truncated episodes";
}

TEST_F(OfflineDataTest, ReturnsCanBeShuffled) {
  const auto returns_of = [&](bool shuffled) {
    config_.train.offline.shuffle_returns = shuffled;
    std::vector<float> returns;
    for (const Transition& transition : OfflineData(config_).transitions())
      returns.push_back(transition.steps_to_goal);
    return returns;
  };
  std::vector<float> recorded = returns_of(false), shuffled = returns_of(true);
  EXPECT_NE(shuffled, recorded);
  EXPECT_EQ(shuffled, returns_of(true)) << "the seed decides";
  std::sort(recorded.begin(), recorded.end());
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, recorded);
}

TEST_F(OfflineDataTest, OneSizeOrAll) {
  config_.train.offline.size = 3;
  const OfflineData data(config_);
  EXPECT_FALSE(data.transitions().empty());
  for (const Transition& transition : data.transitions()) EXPECT_EQ(transition.state.level->size, 3);
  config_.train.offline.size = 7;
  EXPECT_USER_ERROR(OfflineData{config_}, "'train.offline.size' is 7");
}

TEST_F(OfflineDataTest, TheBestTenthIsThatOfEachSize) {
  const auto best = best_tenth(written_.episodes);
  ASSERT_EQ(best.size(), 6U) << "a tenth of 25, rounded up, for two sizes";
  for (const int size : {3, 5}) {
    size_t longest = 0, better = 0;
    for (const episodes::Episode& episode : best)
      if (episode.level->size == size) {
        EXPECT_TRUE(episode.terminated);
        longest = std::max(longest, episode.actions.size());
      }
    for (const episodes::Episode& episode : written_.episodes)
      better += episode.level->size == size && episode.terminated && episode.actions.size() < longest ? 1 : 0;
    EXPECT_LT(better, 3U) << size;
  }
  config_.train.offline.learner = OfflineLearner::best_clone;
  size_t steps = 0;
  for (const episodes::Episode& episode : best) steps += episode.actions.size();
  EXPECT_EQ(OfflineData(config_).transitions().size(), steps);
}

TEST_F(OfflineDataTest, EpisodesWithoutTheGoalAreNeverTheBest) {
  write(episodes::play_levels(config_.environment, {5}, 10,
                              [](const envs::MazeState&) { return envs::Move::left; }));
  EXPECT_TRUE(best_tenth(written_.episodes).empty());
  EXPECT_FALSE(OfflineData(config_).transitions().empty());
  config_.train.offline.learner = OfflineLearner::best_clone;
  EXPECT_USER_ERROR(OfflineData{config_}, "reached the goal");
}

TEST_F(OfflineDataTest, DataOfAnotherWorldIsRefused) {
  TrainerConfig other = config_;
  other.environment.own<maze::MazeConfig>().region = 3;
  EXPECT_USER_ERROR(OfflineData{other}, "episodes of another environment");
  EXPECT_USER_ERROR(OfflineData{other}, "there 'region: 1', here 'region: 3'");
  other = config_;
  other.environment.actions = envs::ActionSet::procgen;
  EXPECT_USER_ERROR(OfflineData{other}, "episodes of another environment");
  other = config_;
  other.environment.own<maze::MazeConfig>().observation = envs::Interface::rgb;
  EXPECT_EQ(OfflineData(other).transitions().size(), OfflineData(config_).transitions().size())
      << "states may look otherwise";
  other = config_;
  other.environment = envs::EnvironmentConfig("keys_and_chests");
  EXPECT_USER_ERROR(OfflineData{other}, "there 'name: maze_aisc', here 'name: keys_and_chests'");
}

}  // namespace
}  // namespace mazescan::trainer
