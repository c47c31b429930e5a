// Tests what every environment must do, through the interface only (envs/environment.h, envs/batch.h). A new
// environment adds its configurations to the list in conformance.h.
#include "tests/envs/conformance.h"

#include "core/error.h"

namespace mazescan::envs::conformance {
namespace {

class Conformance : public testing::TestWithParam<Case> {};

TEST_P(Conformance, RandomPlayKeepsTheContract) {
  const EnvironmentConfig& config = GetParam().config;
  const auto environment = envs::make_environment(config, 3);
  const size_t bytes = environment->observation_shape().bytes();
  ASSERT_GT(bytes, 0U);
  ASSERT_GE(environment->action_count(), 2);
  RandomStream random(1, "play");
  std::vector<uint8_t> observation(bytes + 1), again(bytes + 1);
  int episodes = 0, successes = 0, steps = 0;
  environment->reset();
  for (int t = 0; t < 20000; ++t) {
    const int action = static_cast<int>(random.below(static_cast<uint32_t>(environment->action_count())));
    const StepResult result = environment->step(action);
    ++steps;
    const EpisodeSummary episode = environment->episode();
    ASSERT_EQ(episode.steps, steps);
    ASSERT_EQ(episode.level_seed, environment->level_seed());
    ASSERT_LE(steps, config.time_limit);
    ASSERT_EQ(result.level_over,
              result.terminated || result.truncated || (config.sequential && episode.success));
    ASSERT_FALSE(result.terminated && result.truncated);
    // Only levels with objects have rewards before their end.
    ASSERT_TRUE(result.reward == 0 || episode.success || !environment->state().level->objects.empty());
    ASSERT_TRUE(result.reward != 0 || !episode.success);
    // Observing writes exactly the promised bytes and changes nothing.
    observation[bytes] = again[bytes] = 0xA5;
    environment->observe(observation.data());
    environment->observe(again.data());
    ASSERT_EQ(observation, again);
    ASSERT_EQ(observation[bytes], 0xA5);
    if (!result.level_over) continue;
    ++episodes;
    if (episode.success) {
      ++successes;
      ASSERT_GE(episode.steps, episode.optimal);
    }
    environment->reset();
    steps = 0;
    ASSERT_EQ(environment->episode().steps, 0);
    ASSERT_FALSE(environment->episode().success);
  }
  EXPECT_GT(episodes, 10);
  EXPECT_GT(successes, 0);
}

TEST_P(Conformance, SavedInMidEpisodeItGoesOnIdentically) {
  const auto original = make_environment(GetParam().config, 3);
  const auto copy = make_environment(GetParam().config, 99);
  RandomStream random(1, "play");
  std::vector<uint8_t> a(original->observation_shape().bytes()), b(a.size());
  const auto action = [&] { return static_cast<int>(random.below(original->action_count())); };
  original->reset();
  copy->reset();
  for (int round = 0; round < 20; ++round) {
    for (int t = 0; t < 137; ++t)
      if (original->step(action()).level_over) original->reset();
    ByteWriter out;
    original->save(out);
    ByteReader in(out.bytes(), "saved");
    copy->restore(in);
    ASSERT_TRUE(in.at_end());
    for (int t = 0; t < 500; ++t) {
      const int same = action();
      const StepResult x = original->step(same), y = copy->step(same);
      ASSERT_EQ(x.reward, y.reward);
      ASSERT_EQ(x.terminated, y.terminated);
      ASSERT_EQ(x.truncated, y.truncated);
      ASSERT_EQ(x.level_over, y.level_over);
      if (x.level_over) {
        original->reset();
        copy->reset();
      }
      ASSERT_EQ(original->level_seed(), copy->level_seed());
      original->observe(a.data());
      copy->observe(b.data());
      ASSERT_EQ(a, b) << "round " << round << " step " << t;
    }
    ByteWriter first, second;
    original->save(first);
    copy->save(second);
    ASSERT_EQ(first.bytes(), second.bytes());
  }
}

TEST_P(Conformance, ABatchSavedInMidEpisodeGoesOnIdentically) {
  for (const AutoresetMode mode : kModes) {
    Player original(GetParam().config, 1, mode);
    // Play until an episode has just ended, the most difficult moment for next_step.
    int t = 0;
    bool ended = false;
    while (!ended || t < 300) {
      played(original, mode, t, t + 1);
      ++t;
      ended = !original.batch.finished().empty() || mode == AutoresetMode::disabled;
      ASSERT_LT(t, 5000);
    }
    ByteWriter out;
    original.batch.save(out);
    Player copy(GetParam().config, 2, mode, 77);
    ByteReader in(out.bytes(), "saved");
    copy.batch.restore(in);
    ASSERT_EQ(copy.batch.level_seeds(), original.batch.level_seeds());
    EXPECT_EQ(played(original, mode, t, t + 400), played(copy, mode, t, t + 400));
  }
}

TEST_P(Conformance, SameSeedSameBytesAtAnyNumberOfThreads) {
  for (const AutoresetMode mode : kModes) {
    Player one(GetParam().config, 1, mode), four(GetParam().config, 4, mode),
        other(GetParam().config, 1, mode, 6);
    const std::string digest = played(one, mode, 0, 600);
    EXPECT_EQ(digest, played(four, mode, 0, 600));
    EXPECT_NE(digest, played(other, mode, 0, 600));
  }
}

// Compares one batch of each mode: the last observation of an episode and the first of the next.
TEST_P(Conformance, EveryAutoresetModeShowsTheSameEpisodes) {
  // In `same`, an episode's end and the start of the next are one step; in the others they are two.
  // Environment i of each has its own clock of actions, which the ignored step does not advance.
  const EnvironmentConfig& config = GetParam().config;
  Player same(config, 1), next(config, 1, AutoresetMode::next_step),
      disabled(config, 1, AutoresetMode::disabled);
  int ends = 0;
  for (int t = 0; t < 1500; ++t) {
    const std::vector<int32_t> seeds_before = same.batch.level_seeds();
    same.step(t);
    for (Player* player : {&next, &disabled})
      player->batch.step(same.actions.data(), player->rewards.data(), player->terminated.data(),
                         player->truncated.data(), player->observations.data());
    ASSERT_EQ(next.rewards, same.rewards);
    ASSERT_EQ(next.terminated, same.terminated);
    ASSERT_EQ(next.truncated, same.truncated);
    ASSERT_EQ(next.observations, disabled.observations);
    ASSERT_EQ(disabled.rewards, same.rewards);
    ASSERT_EQ(disabled.terminated, same.terminated);
    ASSERT_EQ(disabled.truncated, same.truncated);
    ASSERT_EQ(next.batch.finished().size(), same.batch.finished().size());
    std::vector<uint8_t> mask(kCount);
    for (size_t f = 0; f < same.batch.finished().size(); ++f) {
      const Finished& finished = same.batch.finished()[f];
      ASSERT_EQ(finished.final_observation != nullptr, same.ended(finished.index));
      ASSERT_EQ(next.batch.finished()[f].final_observation, nullptr);
      ASSERT_EQ(next.batch.finished()[f].index, finished.index);
      ASSERT_EQ(finished.episode.level_seed, seeds_before[finished.index]);
    }
    for (int i = 0; i < kCount; ++i) {
      if (!same.ended(i)) {
        ASSERT_EQ(next.observation(i), same.observation(i));
        ASSERT_EQ(next.batch.level_seeds()[i], same.batch.level_seeds()[i]);
        continue;
      }
      ++ends;
      mask[i] = 1;
      ASSERT_EQ(next.batch.level_seeds()[i], seeds_before[i]) << "still the old level";
      for (const Finished& finished : same.batch.finished())
        if (finished.index == i) {
          const std::vector<uint8_t> last(finished.final_observation,
                                          finished.final_observation + same.batch.shape().bytes());
          ASSERT_EQ(next.observation(i), last);
        }
      ASSERT_EQ(same.observation(i), same.of_environment(i));
    }
    if (same.batch.finished().empty() || mask == std::vector<uint8_t>(kCount)) continue;
    // In the next step, next_step would start new levels where episodes ended and step the others. Bring it
    // to the same point by restoring what `same` saved.
    const std::vector<int32_t> anything(kCount, 0);
    next.batch.step(anything.data(), next.rewards.data(), next.terminated.data(), next.truncated.data(),
                    next.observations.data());
    disabled.batch.reset(mask.data());
    disabled.batch.observe(disabled.observations.data());
    ASSERT_EQ(disabled.observations, same.observations);
    ASSERT_EQ(disabled.batch.level_seeds(), same.batch.level_seeds());
    for (int i = 0; i < kCount; ++i) {
      if (mask[i] == 0) continue;
      ASSERT_EQ(next.rewards[i], 0.0F);
      ASSERT_FALSE(next.ended(i));
      ASSERT_EQ(next.observation(i), same.observation(i)) << "the next level, its action ignored";
      ASSERT_EQ(next.batch.level_seeds()[i], same.batch.level_seeds()[i]);
    }
    ByteWriter out;
    same.batch.save(out);
    ByteReader in(out.bytes(), "saved");
    next.batch.restore(in);
  }
  EXPECT_GT(ends, 30);
}

TEST_P(Conformance, SteppingAnEndedEpisodeIsAFaultWhereNothingResets) {
  Player player(GetParam().config, 1, AutoresetMode::disabled);
  std::fill(player.actions.begin(), player.actions.end(), -1);
  const auto step = [&] {
    player.batch.step(player.actions.data(), player.rewards.data(), player.terminated.data(),
                      player.truncated.data(), nullptr);
  };
  step();
  EXPECT_TRUE(player.ended(0));
  EXPECT_THROW(step(), InternalError);
  player.batch.reset();
  EXPECT_NO_THROW(step());
}

TEST_P(Conformance, ResetBeginsTheLevelsThatAreMaskedAndNoOthers) {
  Player player(GetParam().config, 3);
  played(player, AutoresetMode::same_step, 0, 5);
  std::vector<uint8_t> mask(kCount);
  mask[2] = mask[kCount - 1] = 1;
  const auto untouched = player.of_environment(1);
  player.batch.reset(mask.data());
  EXPECT_EQ(player.of_environment(1), untouched);
  EXPECT_EQ(player.batch.environment(1).episode().steps, 5);
  EXPECT_EQ(player.batch.environment(2).episode().steps, 0);
  EXPECT_EQ(player.batch.environment(kCount - 1).episode().steps, 0);
  EXPECT_TRUE(player.batch.finished().empty());
}

TEST_P(Conformance, StatesOnlyIsTheSamePlay) {
  Player with(GetParam().config, 1), without(GetParam().config, 1);
  for (int t = 0; t < 500; ++t) {
    with.step(t);
    without.batch.step(with.actions.data(), without.rewards.data(), without.terminated.data(),
                       without.truncated.data(), nullptr);
    ASSERT_EQ(with.rewards, without.rewards);
    for (const Finished& finished : without.batch.finished()) ASSERT_EQ(finished.final_observation, nullptr);
  }
  without.batch.observe(without.observations.data());
  EXPECT_EQ(with.observations, without.observations);
}

TEST_P(Conformance, RefusesThreadsBelowOne) {
  for (const int threads : {0, -1}) {
    try {
      envs::Batch batch(GetParam().config, 1, 0, 4, threads);
      FAIL() << threads;
    } catch (const UserError& error) {
      EXPECT_NE(std::string(error.what()).find(std::to_string(threads) + " environment threads"),
                std::string::npos)
          << error.what();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Maze, Conformance, testing::ValuesIn(cases()), name_of);

}  // namespace
}  // namespace mazescan::envs::conformance
