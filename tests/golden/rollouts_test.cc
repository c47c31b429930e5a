// Every rollout recorded from openai/procgen and procgenAISC: level seeds, rewards, ends, the mouse's cell
// and the checksums of the frames.
#include <gtest/gtest.h>
#include <zlib.h>

#include "envs/batch.h"
#include "envs/maze_environment.h"
#include "tests/golden/procgen_data.h"

namespace mazescan {
namespace {

EnvironmentConfig recorded_config(const H5File& file, const std::string& run, const std::string& assets) {
  const auto option = [&](const char* key) { return file.int_attribute(run, key); };
  EnvironmentConfig config;
  config.game = file.has_attribute(run, "rand_region") ? "maze_aisc" : "maze";
  config.world = procgen_world(option("distribution_mode_int"));
  config.region = config.game == "maze" ? 0 : std::min(static_cast<int>(option("rand_region")), config.world);
  config.levels = option("num_levels");
  config.start_level = option("start_level");
  config.sequential = option("use_sequential_levels") != 0;
  if (assets.empty()) return config;  // without frames
  config.observation = "rgb";
  config.view = procgen_view(option("distribution_mode_int")) == View::mouse ? "mouse" : "world";
  config.look = "procgen";
  config.assets = assets;
  config.backgrounds = option("use_backgrounds") != 0;
  config.monochrome = option("use_monochrome_assets") != 0;
  return config;
}

struct Tally {
  int64_t records = 0, frames = 0, goals = 0, timeouts = 0, forced = 0;
};

void check_run(const H5File& file, const std::string& run, const std::string& assets, Tally& tally) {
  const auto actions = file.read<int32_t>(run + "/action");
  const auto rewards = file.read<float>(run + "/reward").values;
  const auto firsts = file.read<uint8_t>(run + "/first").values;
  const auto previous_seeds = file.read<int32_t>(run + "/prev_level_seed").values;
  const auto completes = file.read<uint8_t>(run + "/prev_level_complete").values;
  const auto seeds = file.read<int32_t>(run + "/level_seed").values;
  const auto cells = file.read<int32_t>(run + "/agent_cell").values;
  const auto checksums = file.read<uint32_t>(run + "/frame_crc32").values;
  const auto steps = static_cast<size_t>(actions.shape[0]), count = static_cast<size_t>(actions.shape[1]);
  ASSERT_EQ(seeds.size(), (steps + 1) * count);

  Batch batch(recorded_config(file, run, assets), static_cast<int32_t>(file.int_attribute(run, "rand_seed")),
              0, static_cast<int>(count), 1);
  std::vector<uint8_t> frames(count * batch.shape().bytes());
  batch.observe(frames.data());
  std::vector<float> reward(count, 0);
  std::vector<uint8_t> terminated(count, 1), truncated(count, 0), complete(count, 0);
  std::vector<int32_t> previous(count, 0);
  for (size_t t = 0;; ++t) {
    for (size_t i = 0; i < count; ++i) {
      const size_t at = t * count + i;
      const auto& environment = dynamic_cast<const MazeEnvironment&>(batch.environment(static_cast<int>(i)));
      const MazeState& state = environment.state();
      ASSERT_EQ(environment.episode().level_seed, seeds[at]) << run << " t " << t << " environment " << i;
      ASSERT_EQ(reward[i], rewards[at]) << run << " t " << t << " environment " << i;
      ASSERT_EQ(terminated[i] | truncated[i], firsts[at]) << run << " t " << t << " environment " << i;
      ASSERT_EQ(previous[i], previous_seeds[at]) << run << " t " << t << " environment " << i;
      ASSERT_EQ(complete[i], completes[at]) << run << " t " << t << " environment " << i;
      ASSERT_EQ(state.level->origin.x + state.mouse.x, cells[2 * at]) << run << " t " << t;
      ASSERT_EQ(state.level->origin.y + state.mouse.y, cells[2 * at + 1]) << run << " t " << t;
      ++tally.records;
      if (assets.empty()) continue;
      const uint8_t* const frame = &frames[i * kFrameBytes];
      ASSERT_EQ(crc32(crc32(0, nullptr, 0), frame, kFrameBytes), checksums[at])
          << run << " t " << t << " environment " << i;
      ++tally.frames;
    }
    if (t == steps) break;
    for (size_t i = 0; i < count; ++i) {
      previous[i] = seeds[t * count + i];
      complete[i] = 0;
      tally.forced += actions.values[t * count + i] == -1;
    }
    batch.step(&actions.values[t * count], reward.data(), terminated.data(), truncated.data(), frames.data());
    for (const auto& finished : batch.finished()) {
      ASSERT_EQ(finished.episode.level_seed, previous[finished.index]);
      complete[finished.index] = static_cast<uint8_t>(finished.episode.success);
      ++(finished.episode.success ? tally.goals : tally.timeouts);
    }
  }
}

TEST(GoldenRollouts, EqualTheOriginals) {
  const auto path = procgen_file("golden/rollouts.h5");
  if (path.empty()) GTEST_SKIP() << "no recorded rollouts";
  const auto assets = procgen_file("assets");
  const H5File file = H5File::open(path);
  Tally tally;
  const auto runs = file.list("/");
  EXPECT_EQ(runs.size(), 72U);
  for (const auto& run : runs) {
    ASSERT_NO_FATAL_FAILURE(check_run(file, "/" + run, assets.string(), tally));
  }
  // The recordings do exercise what they are here for.
  EXPECT_GT(tally.goals, 100);
  EXPECT_GT(tally.timeouts, tally.forced);
  EXPECT_GT(tally.forced, 0);
  std::fprintf(stderr, "%ld records, %ld frames compared\n", static_cast<long>(tally.records),
               static_cast<long>(tally.frames));
}

}  // namespace
}  // namespace mazescan
