// Checks hashes of many levels and random rollouts, computed by code that agreed with all recordings of the
// original programs (tests/golden). They fix the behaviour where those recordings are not available.
#include <gtest/gtest.h>

#include "core/hash.h"
#include "core/random.h"
#include "envs/batch.h"
#include "envs/heist/heist.h"
#include "envs/maze/level.h"
#include "envs/maze/maze_config.h"

namespace mazescan::envs {
namespace {

std::string levels_digest(maze::Game game, int world, int region) {
  maze::LevelOptions options;
  options.game = game;
  options.world_dim = world;
  options.region = region;
  Hasher hasher;
  Mt19937 rng(0);
  MazeLevel level;
  for (int32_t i = 0; i < 500; ++i) {
    const int32_t seed = i < 400 ? i : i % 2 == 0 ? 2147483647 - i : -i * 4000037;
    maze::generate_level(options, seed, 0, rng, level);
    const int32_t fields[] = {
        level.size,     level.origin.x,   level.origin.y, level.cheese.x,
        level.cheese.y, level.background, level.seed,     static_cast<int32_t>(rng.next())};
    hasher.add(fields, sizeof fields).add(level.open.data(), level.open.size());
  }
  return hasher.hex();
}

TEST(Digest, Levels) {
  EXPECT_EQ(levels_digest(maze::Game::maze, 15, 0), "529805320c475ce55ad728cccd98e15c");
  EXPECT_EQ(levels_digest(maze::Game::maze, 25, 0), "0c6966f20c036a477b3c846b9439d411");
  EXPECT_EQ(levels_digest(maze::Game::maze, 31, 0), "a341afe6af9e60f210dc4029f7ae7879");
  EXPECT_EQ(levels_digest(maze::Game::maze_aisc, 25, 0), "57885610b82e0132af556eb77e0c773e");
  EXPECT_EQ(levels_digest(maze::Game::maze_aisc, 25, 1), "5fbf9135402cf33d2e1527f257703481");
  EXPECT_EQ(levels_digest(maze::Game::maze_aisc, 25, 5), "0ad9f17c62134d3d2ed62ab868063dfe");
  EXPECT_EQ(levels_digest(maze::Game::maze_aisc, 15, 15), "f48c7de0abcb5c5e9f0136c315d84755");
}

std::string rollout_digest(const EnvironmentConfig& config) {
  constexpr int kMazes = 6, kSteps = 1500;
  Batch batch(config, -3, 0, kMazes, 1);
  RandomStream random(1, "actions");
  std::vector<int32_t> actions(kMazes);
  std::vector<float> rewards(kMazes);
  std::vector<uint8_t> terminated(kMazes), truncated(kMazes), observations(kMazes * batch.shape().bytes());
  Hasher hasher;
  for (int t = 0; t < kSteps; ++t) {
    for (auto& action : actions)  // sometimes end the episode
      action = random.below(200) == 0 ? -1 : static_cast<int32_t>(random.below(15));
    batch.step(actions.data(), rewards.data(), terminated.data(), truncated.data(), observations.data());
    hasher.add(rewards.data(), sizeof(float) * kMazes).add(terminated.data(), kMazes);
    hasher.add(truncated.data(), kMazes).add(observations.data(), observations.size());
    for (const auto& finished : batch.finished()) {
      const int32_t fields[] = {finished.index, finished.episode.level_seed, finished.episode.size,
                                finished.episode.steps, finished.episode.success};
      hasher.add(fields, sizeof fields);
    }
  }
  return hasher.hex();
}

TEST(Digest, Rollouts) {
  EnvironmentConfig config;
  config.own<maze::MazeConfig>().world_dim = 15;
  EXPECT_EQ(rollout_digest(config), "57d300392637ea72cde108e768a8347e");
  config = EnvironmentConfig("maze");
  config.own<maze::MazeConfig>().world_dim = 15;
  config.levels = 50;
  config.start_level = 7;
  EXPECT_EQ(rollout_digest(config), "531cbf0d6efd7d2bd6c2316556234bd9");
  config.sequential = true;
  config.start_level = 2147480000;
  EXPECT_EQ(rollout_digest(config), "f129bfa30c53b4e46c4b1e161d083b6b");
}

// Plays some levels of each of procgen's worlds, with actions that last, and hashes all that the mouse does.
std::string heist_digest(int world) {
  EnvironmentConfig config("heist");
  config.own<heist::HeistConfig>().world_dim = world;
  const auto task = make_task(config);
  RandomStream random(1, "actions");
  Hasher hasher;
  Mt19937 rng(0);
  MazeLevel level;
  for (int32_t seed = 0; seed < 200; ++seed) {
    task->make_level(seed, 0, world, rng, level);
    const uint32_t draw = rng.next();
    hasher.add(&draw, sizeof draw).add(level.open.data(), level.open.size());
    for (const LevelObject& object : level.objects)
      hasher.add(&object.kind, 1).add(&object.centre, sizeof object.centre);
    MazeState state = task->initial_state(level);
    int action = 0;
    for (bool over = false; !over && state.clock < 200;) {
      if (random.below(3) == 0) action = static_cast<int>(random.below(15));
      over = task->apply_action(state, ActionSet::procgen, action).over;
      hasher.add(&state.position, sizeof state.position).add(&state.velocity, sizeof state.velocity);
      hasher.add(&state.taken, sizeof state.taken);
    }
  }
  return hasher.hex();
}

TEST(Digest, Heist) {
  EXPECT_EQ(heist_digest(9), "165962fb003da2469f04fddb595af2d6");
  EXPECT_EQ(heist_digest(13), "2fbc1fe142e2db32b3147ae95c6dc9ed");
  EXPECT_EQ(heist_digest(23), "976a7dc1912e277a30c07b92b452322f");
}

}  // namespace
}  // namespace mazescan::envs
