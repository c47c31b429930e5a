// Every level recorded from openai/procgen and procgenAISC, cell by cell.
#include <gtest/gtest.h>

#include "envs/maze_level.h"
#include "tests/golden/procgen_data.h"

namespace mazescan {
namespace {

// Values of procgen's grids.
constexpr uint8_t kWall = 51, kSpace = 100, kCheese = 2;

std::vector<uint8_t> procgen_grid(const MazeLevel& level) {
  std::vector<uint8_t> grid(static_cast<size_t>(level.world) * level.world, kWall);
  for (int y = 0; y < level.size; ++y) {
    for (int x = 0; x < level.size; ++x) {
      const Cell cell{static_cast<int16_t>(x), static_cast<int16_t>(y)};
      if (level.is_open(cell))
        grid[static_cast<size_t>(level.origin.y + y) * level.world + level.origin.x + x] =
            cell == level.cheese ? kCheese : kSpace;
    }
  }
  return grid;
}

int check_group(const H5File& file, const std::string& group, Game game) {
  LevelOptions options;
  options.game = game;
  options.world = procgen_world(file.int_attribute(group, "distribution_mode_int"));
  options.region = game == Game::maze_aisc ? static_cast<int>(file.int_attribute(group, "rand_region")) : 0;
  const auto seeds = file.read<int32_t>(group + "/level_seed").values;
  const auto sizes = file.read<int32_t>(group + "/maze_dim").values;
  const auto worlds = file.read<int32_t>(group + "/world_dim").values;
  const auto grids = file.read<uint8_t>(group + "/grid").values;
  const auto starts = file.read<int32_t>(group + "/agent_cell").values;
  const auto cheeses = file.read<int32_t>(group + "/cheese_cell").values;
  const auto backgrounds = file.read<int32_t>(group + "/background_index").values;
  const auto next_draws = file.read<uint32_t>(group + "/next_rng").values;

  // A region as large as the world and more is the world's: our options are stricter than procgen's.
  options.region = std::min(options.region, options.world);
  options.validate();
  Mt19937 rng(0);
  MazeLevel level;
  int wrong = 0;
  for (size_t i = 0; i < seeds.size(); ++i) {
    generate_level(options, seeds[i], 0, rng, level);
    const size_t cells = static_cast<size_t>(level.world) * level.world;
    const bool cheese = level.cheese != kNoCell;
    const bool same = level.size == sizes[i] && level.world == worlds[i] &&
                      level.background == backgrounds[i] && level.origin.x == starts[2 * i] &&
                      level.origin.y == starts[2 * i + 1] &&
                      (cheese ? level.origin.x + level.cheese.x : -1) == cheeses[2 * i] &&
                      (cheese ? level.origin.y + level.cheese.y : -1) == cheeses[2 * i + 1] &&
                      procgen_grid(level) ==
                          std::vector<uint8_t>(grids.begin() + i * cells, grids.begin() + (i + 1) * cells) &&
                      rng.next() == next_draws[i];
    if (!same && ++wrong <= 3) ADD_FAILURE() << group << ": level seed " << seeds[i] << " differs";
  }
  EXPECT_EQ(wrong, 0) << group << ": of " << seeds.size() << " levels";
  return static_cast<int>(seeds.size());
}

TEST(GoldenLevels, EqualTheOriginals) {
  const auto path = procgen_file("golden/levels.h5");
  if (path.empty()) GTEST_SKIP() << "no recorded levels";
  const H5File file = H5File::open(path);
  int levels = 0;
  for (const auto& mode : file.list("/maze")) levels += check_group(file, "/maze/" + mode, Game::maze);
  for (const auto& region : file.list("/maze_aisc")) {
    const std::string group = "/maze_aisc/" + region;
    for (const auto& mode : file.list(group)) {
      levels += check_group(file, std::string(group).append("/").append(mode), Game::maze_aisc);
    }
  }
  EXPECT_GT(levels, 5000);
  std::fprintf(stderr, "%d levels compared\n", levels);
}

}  // namespace
}  // namespace mazescan
