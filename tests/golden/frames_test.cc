// Every frame recorded from openai/procgen and procgenAISC, pixel by pixel.
#include <gtest/gtest.h>

#include "envs/frame.h"
#include "tests/golden/procgen_data.h"

namespace mazescan {
namespace {

struct Tally {
  int64_t frames = 0, different = 0;
  int largest_difference = 0;
};

int largest_difference(const uint8_t* recorded, const std::vector<uint8_t>& drawn) {
  int largest = 0;
  for (size_t i = 0; i < kFrameBytes; ++i) largest = std::max(largest, std::abs(recorded[i] - drawn[i]));
  return largest;
}

Tally check_group(const H5File& file, const std::string& group, const std::string& assets) {
  LevelOptions levels;
  FrameOptions frames;
  levels.game = file.has_attribute(group, "rand_region") ? Game::maze_aisc : Game::maze;
  levels.region = levels.game == Game::maze ? 0 : static_cast<int>(file.int_attribute(group, "rand_region"));
  const int64_t mode = file.int_attribute(group, "distribution_mode_int");
  levels.world = frames.world = procgen_world(mode);
  frames.view = procgen_view(mode);
  frames.backgrounds = file.int_attribute(group, "use_backgrounds") != 0;
  frames.monochrome = file.int_attribute(group, "use_monochrome_assets") != 0;
  frames.look = "procgen";
  frames.assets = assets;
  const auto renderer = frame_renderer(frames);

  const auto recorded = file.read<uint8_t>(group + "/frames");
  const auto seeds = file.read<int32_t>(group + "/level_seed").values;
  const auto cells = file.read<int32_t>(group + "/agent_cell").values;
  const auto mirrored = file.read<uint8_t>(group + "/agent_reflected").values;
  const auto steps = static_cast<size_t>(recorded.shape[1]);
  Tally tally;
  std::vector<uint8_t> drawn(kFrameBytes);
  for (size_t n = 0; n < seeds.size(); ++n) {
    const MazeLevel level = generate_level(levels, seeds[n]);
    MazeState state = initial_state(level);  // every episode of a group is on this level
    Backdrop backdrop;
    renderer->prepare(state, backdrop);
    for (size_t t = 0; t < steps; ++t) {
      const size_t at = n * steps + t;
      state.mouse = {static_cast<int16_t>(cells[2 * at] - level.origin.x),
                     static_cast<int16_t>(cells[2 * at + 1] - level.origin.y)};
      state.mirrored = mirrored[at] != 0;
      const uint8_t* const frame = &recorded.values[at * kFrameBytes];
      renderer->render(state, drawn.data());
      int largest = largest_difference(frame, drawn);
      std::fill(drawn.begin(), drawn.end(), uint8_t{1});
      renderer->render(state, backdrop, drawn.data());
      largest = std::max(largest, largest_difference(frame, drawn));
      ++tally.frames;
      tally.different += largest > 0;
      tally.largest_difference = std::max(tally.largest_difference, largest);
    }
  }
  return tally;
}

TEST(GoldenFrames, EqualTheOriginals) {
  const auto path = procgen_file("golden/frames.h5");
  const auto assets = procgen_file("assets");
  if (path.empty() || assets.empty()) GTEST_SKIP() << "no recorded frames";
  const H5File file = H5File::open(path);
  int64_t frames = 0;
  for (const auto& group : file.list("/")) {
    const Tally tally = check_group(file, "/" + group, assets.string());
    EXPECT_EQ(tally.different, 0) << group << ": of " << tally.frames << " frames";
    EXPECT_EQ(tally.largest_difference, 0) << group;
    frames += tally.frames;
  }
  EXPECT_GT(frames, 3500);
  std::fprintf(stderr, "%ld frames compared\n", static_cast<long>(frames));
}

}  // namespace
}  // namespace mazescan
