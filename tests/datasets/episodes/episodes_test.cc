#include "datasets/episodes/episodes.h"

#include <gmock/gmock.h>

#include <limits>

#include "core/hash.h"
#include "envs/maze/maze_config.h"
#include "storage/atomic_file.h"
#include "storage/seal.h"
#include "tests/datasets/episodes/sample_episodes.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::episodes {
namespace {

envs::EnvironmentConfig small_mazes(const std::string& name = "maze_aisc") {
  envs::EnvironmentConfig environment(name);
  environment.set("world_dim", "7");
  environment.actions = envs::ActionSet::moves;
  environment.time_limit = name == "keys_and_chests" ? 400 : 30;  // a long way for a random mouse
  return environment;
}

// Episodes of a mouse that moves at random: some reach the goal, others the time limit.
Dataset sample(const std::string& name = "maze_aisc") {
  return play_levels(small_mazes(name), {5, 7}, 12, random_moves(1));
}

TEST(Episodes, AreReadAsTheyWereWritten) {
  for (const char* name : {"maze_aisc", "maze_cues", "keys_and_chests"}) {
    const Dataset written = sample(name);
    const TemporaryFolder folder;
    write_file(folder / kFileName, written);
    const Dataset read = read_file(folder / kFileName);
    EXPECT_EQ(read.environment, written.environment);
    ASSERT_EQ(read.players.size(), 1U);
    EXPECT_EQ(read.players[0].update, 7);
    EXPECT_EQ(read.players[0].hash, "a hash");
    ASSERT_EQ(read.episodes.size(), written.episodes.size());
    int terminated = 0;
    for (size_t i = 0; i < read.episodes.size(); ++i) {
      const Episode &mine = read.episodes[i], &expected = written.episodes[i];
      EXPECT_EQ(mine.level->seed, expected.level->seed);
      EXPECT_EQ(mine.level->open, expected.level->open);
      EXPECT_EQ(mine.level->cheese, expected.level->cheese);
      EXPECT_EQ(mine.level->objects.size(), expected.level->objects.size());
      EXPECT_EQ(mine.actions, expected.actions);
      EXPECT_EQ(mine.rewards, expected.rewards);
      EXPECT_EQ(mine.terminated, expected.terminated);
      EXPECT_EQ(mine.truncated, !expected.terminated);
      terminated += mine.terminated ? 1 : 0;
    }
    EXPECT_GT(terminated, 0) << name;
    EXPECT_LT(terminated, 24) << name;
    EXPECT_EQ(encode(read), encode(written));
    EXPECT_EQ(read.hash, storage::hash_file(folder / kFileName));
  }
}

TEST(Episodes, GiveTheirStatesAndObservationsAgain) {
  const envs::EnvironmentConfig environment = small_mazes();
  const auto task = make_task(environment);
  const Dataset dataset = decode(encode(sample()), "sample");
  std::vector<uint8_t> mine(task->observation_shape().bytes()), expected = mine;
  for (const Episode& episode : dataset.episodes) {
    const auto states = states_of(episode, *task, environment.actions);
    ASSERT_EQ(states.size(), episode.actions.size() + 1);
    const envs::MazeLevel level = make_level(*task, episode.level->seed, episode.level->size);
    envs::MazeState state = task->initial_state(level);
    for (size_t t = 0; t < states.size(); ++t) {
      task->observe(states[t], mine.data());
      task->observe(state, expected.data());
      EXPECT_EQ(mine, expected);
      EXPECT_EQ(states[t].clock, static_cast<int>(t));
      if (t < episode.actions.size()) task->apply_move(state, static_cast<envs::Move>(episode.actions[t]));
    }
    EXPECT_EQ(states.back().cheese == envs::kNoCell, episode.terminated);
  }
}

TEST(Episodes, ADamagedOrTruncatedFileIsRefused) {
  const TemporaryFolder folder;
  const auto path = folder / kFileName;
  write_file(path, sample());
  const std::string bytes = storage::read_file(path);
  EXPECT_LT(bytes.size(), 24U * (30 * 5 + 80) + 1000) << "about five bytes a step";
  for (size_t i = 0; i < bytes.size(); i += 97) {
    std::string damaged = bytes;
    damaged[i] ^= 1;
    storage::write_atomically(path, damaged);
    EXPECT_USER_ERROR(read_file(path), "is damaged");
  }
  for (const size_t left : {size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
    storage::write_atomically(path, bytes.substr(0, left));
    EXPECT_USER_ERROR(read_file(path), "is damaged");
  }
  EXPECT_USER_ERROR(read_file(folder / "other.bin"), "other.bin");
  const std::string other = "text";
  storage::write_atomically(path, other + storage::file_seal(hash_hex(other)));
  EXPECT_USER_ERROR(read_file(path), "ends too early");
}

// Bytes with a right seal that no player could have made.
TEST(Episodes, ImpossibleOnesAreRefused) {
  const Dataset whole = sample();
  const auto refused = [&](const std::function<void(Dataset&)>& change) {
    Dataset changed = whole;
    change(changed);
    return user_error([&] { decode(encode(changed), "f"); });
  };
  using testing::HasSubstr;
  size_t success = 0;
  while (!whole.episodes[success].terminated) ++success;
  EXPECT_THAT(refused([](Dataset& d) { d.episodes.clear(); }), HasSubstr("f holds no episode"));
  EXPECT_THAT(refused([](Dataset& d) { d.episodes[3].player = 1; }), HasSubstr("not in the list"));
  EXPECT_THAT(refused([](Dataset& d) { d.episodes[3].actions[0] = 5; }), HasSubstr("no such action"));
  EXPECT_THAT(refused([](Dataset& d) { d.episodes[3].rewards.pop_back(); }), HasSubstr("a reward for each"));
  EXPECT_THAT(refused([](Dataset& d) {
                d.episodes[3].actions.clear();
                d.episodes[3].rewards.clear();
              }),
              HasSubstr("needs steps"));
  EXPECT_THAT(refused([](Dataset& d) { d.episodes[3].rewards[0] = std::numeric_limits<float>::quiet_NaN(); }),
              HasSubstr("not finite"));
  EXPECT_THAT(refused([](Dataset& d) { d.episodes[3].terminated = d.episodes[3].truncated = true; }),
              HasSubstr("either terminated or truncated"));
  EXPECT_THAT(refused([&](Dataset& d) {
                d.episodes[success].actions.push_back(0);
                d.episodes[success].rewards.push_back(0);
              }),
              HasSubstr("does not end where its level does"));
  EXPECT_THAT(refused([&](Dataset& d) {
                d.episodes[success].terminated = false;
                d.episodes[success].truncated = true;
              }),
              HasSubstr("does not end where its level does"));
  const std::string bytes = encode(whole);
  std::string other_world = bytes;
  other_world[other_world.find("name: ") + 6] = 'X';
  EXPECT_USER_ERROR(decode(other_world, "f"), "f (environment)");
  EXPECT_USER_ERROR(decode(bytes + "x", "f"), "bytes follow");
  for (size_t left = 0; left < bytes.size(); left += 61)
    EXPECT_THROW(decode(bytes.substr(0, left), "f"), UserError) << left;
}

}  // namespace
}  // namespace mazescan::episodes
