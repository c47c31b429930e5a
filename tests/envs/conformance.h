#pragma once
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "core/hash.h"
#include "core/random.h"
#include "envs/batch.h"
#include "envs/environment_info.h"
#include "envs/maze/maze_config.h"
#include "tests/envs/step_hash.h"

// Defines what the conformance tests share: the environments that they run on, and a batch that plays.
namespace mazescan::envs::conformance {

inline constexpr int kCount = 11;

struct Case {
  std::string name;
  envs::EnvironmentConfig config;
  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }  // gtest would print bytes
};

// Holds a batch and the buffers of a step. The action of an environment depends on its index, the step and
// the seed.
struct Player {
  Player(const envs::EnvironmentConfig& config, int threads,
         envs::AutoresetMode mode = envs::AutoresetMode::same_step, int32_t seed = 5)
      : batch(config, seed, 0, kCount, threads, 0, mode),
        rewards(kCount),
        actions(kCount),
        terminated(kCount),
        truncated(kCount),
        observations(kCount * batch.shape().bytes()) {
    batch.observe(observations.data());
  }

  void step(int t) {
    for (int i = 0; i < kCount; ++i) {
      RandomStream random(7, "actions", static_cast<uint64_t>(t) * kCount + i);
      // Sometimes take the action that ends the episode.
      actions[i] = random.below(150) == 0 ? -1 : static_cast<int32_t>(random.below(batch.action_count()));
    }
    batch.step(actions.data(), rewards.data(), terminated.data(), truncated.data(), observations.data());
  }
  bool ended(int i) const { return terminated[i] != 0 || truncated[i] != 0; }
  std::vector<uint8_t> observation(int i) const {
    const auto bytes = static_cast<std::ptrdiff_t>(batch.shape().bytes());
    return {observations.begin() + i * bytes, observations.begin() + (i + 1) * bytes};
  }
  std::vector<uint8_t> of_environment(int i) const {
    std::vector<uint8_t> bytes(batch.shape().bytes());
    batch.environment(i).observe(bytes.data());
    return bytes;
  }
  envs::Batch batch;
  std::vector<float> rewards;
  std::vector<int32_t> actions;
  std::vector<uint8_t> terminated, truncated, observations;
};

// Plays steps from..to-1 with `mode` and resets where the mode requires it. Returns a hash of the steps.
inline std::string played(Player& player, envs::AutoresetMode mode, int from, int to) {
  Hasher hasher;
  for (int t = from; t < to; ++t) {
    player.step(t);
    hash_step(hasher, player.batch, player.rewards, player.terminated, player.truncated, player.observations);
    if (mode != envs::AutoresetMode::disabled) continue;
    std::vector<uint8_t> mask(kCount);
    for (int i = 0; i < kCount; ++i) mask[i] = player.ended(i) ? 1 : 0;
    player.batch.reset(mask.data());
  }
  return hasher.hex();
}

inline constexpr envs::AutoresetMode kModes[] = {
    envs::AutoresetMode::same_step, envs::AutoresetMode::next_step, envs::AutoresetMode::disabled};

// Lists the configurations: several of the mazes, and the defaults of every other environment in the table.
inline std::vector<Case> cases() {
  envs::EnvironmentConfig maze("maze");
  maze.own<maze::MazeConfig>().world_dim = 7;
  maze.time_limit = 80;
  envs::EnvironmentConfig region;
  region.own<maze::MazeConfig>().world_dim = 9;
  region.own<maze::MazeConfig>().region = 3;
  region.actions = envs::ActionSet::moves;
  region.own<maze::MazeConfig>().anchor = maze::Anchor::bottom_left;
  region.time_limit = 120;
  envs::EnvironmentConfig sequential = maze;
  sequential.sequential = true;
  sequential.levels = 30;
  sequential.start_level = 2147483000;
  envs::EnvironmentConfig hard;
  hard.time_limit = 90;
  hard.levels = 500;
  envs::EnvironmentConfig frames = region;
  frames.own<maze::MazeConfig>().observation = envs::Interface::rgb;
  envs::EnvironmentConfig around_the_mouse = frames;
  around_the_mouse.own<maze::MazeConfig>().view = frame::View::mouse;
  std::vector<Case> all = {{"maze", maze}, {"region", region}, {"sequential", sequential},
                           {"hard", hard}, {"frames", frames}, {"around_the_mouse", around_the_mouse}};
  all.push_back(
      {"cues_apart",
       parse_config<envs::EnvironmentConfig>(
           "{name: maze_cues, world_dim: 7, marks: apart, decoy_planes: 3, time_limit: 80}", "test")});
  all.push_back(
      {"few_chests",
       parse_config<envs::EnvironmentConfig>(
           "{name: keys_and_chests, world_dim: 5, objects: many_keys, actions: moves, time_limit: 80}",
           "test")});
  all.push_back({"small_heist",
                 parse_config<envs::EnvironmentConfig>(
                     "{name: heist, world_dim: 5, sequential: true, levels: 30, time_limit: 80}", "test")});
  for (const envs::EnvironmentInfo& info : envs::environments()) {
    envs::EnvironmentConfig config(info.name);
    if (config.own_if<maze::MazeConfig>() != nullptr) continue;
    config.time_limit = 70;
    all.push_back({info.name, config});
  }
  return all;
}

// For INSTANTIATE_TEST_SUITE_P.
inline std::string name_of(const testing::TestParamInfo<Case>& one) {
  return one.param.name;
}

}  // namespace mazescan::envs::conformance
