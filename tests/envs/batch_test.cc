#include "envs/batch.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/error.h"
#include "core/hash.h"
#include "core/random.h"
#include "envs/maze/maze_config.h"
#include "envs/task_environment.h"
#include "tests/envs/message_of.h"
#include "tests/envs/step_hash.h"

namespace mazescan::envs {
namespace {

EnvironmentConfig batch_config() {
  EnvironmentConfig config;
  config.own<maze::MazeConfig>().world_dim = 7;
  config.time_limit = 60;
  return config;
}

// Holds a batch and the buffers of a step. Actions depend on the step and on the environment's index in the
// vector.
struct Player {
  Player(const EnvironmentConfig& config, int first, int count, int threads)
      : batch(config, 42, first, count, threads),
        offset(first),
        rewards(count),
        terminated(count),
        truncated(count),
        observations(count * batch.shape().bytes()) {}

  void play(int from, int to) {
    std::vector<int32_t> actions(batch.count());
    for (int t = from; t < to; ++t) {
      for (int i = 0; i < batch.count(); ++i)
        actions[i] = static_cast<int32_t>(RandomStream(7, "actions", t * 1000 + offset + i).below(15));
      batch.step(actions.data(), rewards.data(), terminated.data(), truncated.data(), observations.data());
      hash_step(hasher, batch, rewards, terminated, truncated, observations);
      levels += static_cast<int>(batch.finished().size());
    }
  }

  Batch batch;
  int offset;
  std::vector<float> rewards;
  std::vector<uint8_t> terminated, truncated, observations;
  Hasher hasher;
  int levels = 0;
};

TEST(Batch, ThreadsChangeNothing) {
  Player one(batch_config(), 0, 13, 1);
  one.play(0, 400);
  EXPECT_GT(one.levels, 50);
  for (const int threads : {2, 4, 64}) {
    Player many(batch_config(), 0, 13, threads);
    many.play(0, 400);
    EXPECT_EQ(many.hasher.hex(), one.hasher.hex()) << threads << " threads";
  }
}

TEST(Batch, AnEnvironmentDoesNotDependOnItsCompany) {
  Player all(batch_config(), 0, 9, 1), part(batch_config(), 5, 3, 1);
  const size_t bytes = all.batch.shape().bytes();
  for (int t = 0; t < 300; ++t) {
    all.play(t, t + 1);
    part.play(t, t + 1);
    ASSERT_TRUE(std::equal(part.observations.begin(), part.observations.end(),
                           all.observations.begin() + static_cast<std::ptrdiff_t>(5 * bytes)))
        << "step " << t;
  }
}

TEST(Batch, AutoresetInTheSameStep) {
  Player player(batch_config(), 0, 8, 1);
  int truncated = 0, successes = 0;
  std::vector<uint8_t> now(player.observations.size()), before = now;
  const auto bytes = static_cast<std::ptrdiff_t>(player.batch.shape().bytes());
  for (int t = 0; t < 500; ++t) {
    player.batch.observe(before.data());
    player.play(t, t + 1);
    player.batch.observe(now.data());
    ASSERT_EQ(now, player.observations) << "observe() shows what step() gave";
    size_t ended = 0;
    for (int i = 0; i < 8; ++i) ended += player.terminated[i] | player.truncated[i];
    ASSERT_EQ(player.batch.finished().size(), ended);
    int last = -1;
    for (const auto& finished : player.batch.finished()) {
      ASSERT_GT(finished.index, last) << "in index order";
      last = finished.index;
      const auto& environment =
          dynamic_cast<const TaskEnvironment&>(player.batch.environment(finished.index));
      EXPECT_EQ(environment.state().clock, 0);
      EXPECT_EQ(environment.state().mouse, kStart);
      EXPECT_EQ(finished.truncated, player.truncated[finished.index] != 0);
      EXPECT_EQ(finished.episode.success, player.terminated[finished.index] != 0);
      EXPECT_EQ(player.batch.level_seeds()[finished.index], environment.episode().level_seed);
      // The level has not changed yet: the plane of free cells is that of the previous step.
      ASSERT_NE(finished.final_observation, nullptr);
      const auto old = before.begin() + finished.index * bytes;
      EXPECT_TRUE(std::equal(finished.final_observation, finished.final_observation + bytes / 3, old));
      if (finished.truncated) {
        EXPECT_EQ(finished.episode.steps, 60);
        ++truncated;
      } else {
        EXPECT_GE(finished.episode.steps, finished.episode.optimal);
        EXPECT_EQ(player.rewards[finished.index], 10.0F);
        ++successes;
      }
    }
  }
  EXPECT_GT(truncated, 5);
  EXPECT_GT(successes, 5);
}

TEST(Batch, GoesOnFromASavedState) {
  Player original(batch_config(), 0, 6, 1);
  original.play(0, 123);
  ByteWriter out;
  original.batch.save(out);

  Player copy(batch_config(), 0, 6, 2);
  ByteReader in(out.bytes(), "test");
  copy.batch.restore(in);
  EXPECT_TRUE(in.at_end());
  Player split(batch_config(), 4, 2, 1);  // the same bytes with another partition
  ByteReader rest(out.bytes(), "test");
  for (int i = 0; i < 4; ++i) rest.get_bytes();
  split.batch.restore(rest);

  const auto bytes = static_cast<std::ptrdiff_t>(original.batch.shape().bytes());
  for (int t = 123; t < 400; ++t) {
    original.play(t, t + 1);
    copy.play(t, t + 1);
    split.play(t, t + 1);
    ASSERT_EQ(copy.observations, original.observations) << "step " << t;
    ASSERT_EQ(copy.rewards, original.rewards);
    ASSERT_TRUE(std::equal(split.observations.begin(), split.observations.end(),
                           original.observations.begin() + 4 * bytes));
  }
}

TEST(Batch, NeighbouringBatchesSaveWhatOneSaves) {
  Player whole(batch_config(), 0, 5, 1), left(batch_config(), 0, 2, 1), right(batch_config(), 2, 3, 1);
  ByteWriter one, two;
  for (Player* player : {&whole, &left, &right}) {
    player->play(0, 50);
    player->batch.save(player == &whole ? one : two);
  }
  EXPECT_EQ(one.bytes(), two.bytes());
}

TEST(Batch, RefusesTheStateOfAnother) {
  Player player(batch_config(), 0, 2, 1);
  ByteWriter out;
  player.batch.save(out);
  Player larger(batch_config(), 0, 3, 1);
  ByteReader short_of_one(out.bytes(), "test");
  EXPECT_THROW(larger.batch.restore(short_of_one), UserError);
  EnvironmentConfig other = batch_config();
  other.own<maze::MazeConfig>().world_dim = 9;
  Player elsewhere(other, 0, 2, 1);
  ByteReader in(out.bytes(), "test");
  EXPECT_THROW(elsewhere.batch.restore(in), UserError);
}

TEST(Batch, CurriculumBeginsWithTheFirstLevel) {
  EnvironmentConfig config;
  Batch batch(config, 1, 0, 20, 1, 3);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(batch.environment(i).episode().size, 3);
  batch.set_max_size(25);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(batch.environment(i).episode().size, 3);
  std::vector<int32_t> end(20, -1);
  std::vector<float> rewards(20);
  std::vector<uint8_t> terminated(20), truncated(20);
  batch.step(end.data(), rewards.data(), terminated.data(), truncated.data(), nullptr);
  EXPECT_EQ(batch.finished().size(), 20U);
  int larger = 0;
  for (int i = 0; i < 20; ++i) larger += batch.environment(i).episode().size > 3;
  EXPECT_GT(larger, 10);
}

TEST(Batch, AFaultInAnyThreadIsTold) {
  for (const int threads : {1, 3}) {
    Player player(batch_config(), 0, 6, threads);
    std::vector<int32_t> actions(6, 4);
    actions[5] = 99;
    EXPECT_THROW(player.batch.step(actions.data(), player.rewards.data(), player.terminated.data(),
                                   player.truncated.data(), nullptr),
                 InternalError);
  }
  EXPECT_THROW(Batch(batch_config(), 1, 0, 4, 0), UserError);
}

TEST(Batch, AFailedStepLeavesNoErrorForLaterCalls) {
  EnvironmentConfig config;
  config.time_limit = 1;
  constexpr int kMany = 64;
  Batch batch(config, 1, 0, kMany, 4, 0, AutoresetMode::disabled);
  const std::vector<int32_t> actions(kMany, 4);
  std::vector<float> rewards(kMany);
  std::vector<uint8_t> terminated(kMany), truncated(kMany);
  const auto step = [&] {
    batch.step(actions.data(), rewards.data(), terminated.data(), truncated.data(), nullptr);
  };
  step();
  EXPECT_ANY_THROW(step());  // all episodes are over: all threads fail
  for (int i = 0; i < 50; ++i) EXPECT_NO_THROW(batch.reset());
}

TEST(Batch, DamagedStatesAreRefusedWhole) {
  EnvironmentConfig config;
  config.own<maze::MazeConfig>().world_dim = 9;
  Batch batch(config, 1, 0, 3, 1), other(config, 2, 0, 3, 1);
  ByteWriter saved, before;
  batch.save(saved);
  other.save(before);
  const auto refused = [&other](const std::string& bytes) {
    ByteReader reader(bytes, "bytes");
    return !message_of([&] { other.restore(reader); }).empty();
  };
  const std::string good(saved.bytes());
  for (size_t at = 0; at < good.size(); at += 7) {
    std::string flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 16);
    EXPECT_TRUE(refused(flipped)) << "byte " << at;
    EXPECT_TRUE(refused(good.substr(0, at))) << at << " bytes";
  }
  ByteWriter after;
  other.save(after);
  EXPECT_EQ(after.bytes(), before.bytes());
  EnvironmentConfig changed = config;
  changed.own<maze::MazeConfig>().region = 0;
  Batch another(changed, 1, 0, 3, 1);
  ByteReader reader(good, "bytes");
  EXPECT_NE(message_of([&] { another.restore(reader); }).find("another environment configuration"),
            std::string::npos);
}

TEST(Batch, ImpossibleOnesAreTheUsersFault) {
  EnvironmentConfig config;
  EXPECT_NE(message_of([&] { Batch(config, 1, 0, 0, 1); }), "");
  EXPECT_NE(message_of([&] { Batch(config, 1, -1, 1, 1); }), "");
  for (const auto& spoil : std::vector<std::function<void(EnvironmentConfig&)>>{
           [](EnvironmentConfig& c) { c.own<maze::MazeConfig>().view = frame::View::mouse; },
           [](EnvironmentConfig& c) { c.own<maze::MazeConfig>().region = 102; },
           [](EnvironmentConfig& c) { c.own<maze::MazeConfig>().world_dim = 24; },
           [](EnvironmentConfig& c) { c.levels = -1; }, [](EnvironmentConfig& c) { c.time_limit = 0; }}) {
    EnvironmentConfig bad;
    spoil(bad);
    EXPECT_NE(message_of([&] { Batch(bad, 1, 0, 1, 1); }), "");
  }
}

}  // namespace
}  // namespace mazescan::envs
