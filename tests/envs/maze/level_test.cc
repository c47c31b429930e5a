#include "envs/maze/level.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.h"
#include "envs/paths.h"

namespace mazescan::maze {
namespace {

LevelOptions options_of(Game game, int world, int region) {
  LevelOptions options;
  options.game = game;
  options.world_dim = world;
  options.region = region;
  return options;
}

// Expects a tree over the rooms: every cell can be reached, and there is one passage less than there are
// rooms.
void expect_spanning_tree(const envs::MazeLevel& level) {
  const int rooms = (level.size + 1) / 2;
  const auto free = std::count(level.open.begin(), level.open.end(), 1);
  EXPECT_EQ(free, 2 * rooms * rooms - 1);
  const auto reached = envs::distances(level, envs::kStart);
  for (int y = 0; y < level.size; ++y)
    for (int x = 0; x < level.size; ++x) {
      EXPECT_TRUE(x % 2 != y % 2 || level.is_open(x, y) == (x % 2 == 0)) << x << "," << y;
    }
  EXPECT_EQ(std::count_if(reached.begin(), reached.end(), [](int32_t d) { return d >= 0; }), free);
}

TEST(MazeLevel, IsASpanningTreeOfAnyWorld) {
  for (const int world : {3, 5, 9, 15, 25, 31, 57, 101})
    for (int32_t seed = 0; seed < 6; ++seed) {
      SCOPED_TRACE(testing::Message() << "world " << world << " seed " << seed);
      const envs::MazeLevel level = generate_level(options_of(Game::maze, world, 0), seed);
      EXPECT_EQ(level.world_dim, world);
      EXPECT_LE(level.size, world);
      EXPECT_EQ(level.seed, seed);
      expect_spanning_tree(level);
      expect_spanning_tree(generate_level(options_of(Game::maze, world, 0), seed, world));
    }
}

TEST(MazeLevel, CheeseLiesInItsRegionAndIsReachable) {
  for (const int region : {0, 2, 5, 15})
    for (int32_t seed = 0; seed < 300; ++seed) {
      const envs::MazeLevel level = generate_level(options_of(Game::maze_aisc, 15, region), seed);
      ASSERT_NE(level.cheese, envs::kNoCell);
      ASSERT_NE(level.cheese, envs::kStart);
      ASSERT_GE(distance(level, envs::kStart, level.cheese), 1);
      const int inner = level.size - std::clamp(region, 1, level.size);
      ASSERT_GE(level.cheese.x, inner);
      ASSERT_GE(level.cheese.y, inner);
    }
  std::set<std::pair<int, int>> cells;
  for (int32_t seed = 0; seed < 2000; ++seed) {
    const envs::MazeLevel level = generate_level(options_of(Game::maze, 5, 0), seed, 5);
    ASSERT_TRUE(level.is_open(level.cheese));
    cells.insert({level.cheese.x, level.cheese.y});
  }
  EXPECT_EQ(cells.size(), 20U);  // all but the start and the four cells that are always walls
}

TEST(MazeLevel, AllLayoutsOfSmallMazesAppear) {
  for (const auto& [size, layouts] : std::map<int, size_t>{{3, 4}, {5, 192}}) {
    std::set<std::vector<uint8_t>> seen;
    for (int32_t seed = 0; seed < 8000; ++seed)
      seen.insert(generate_level(options_of(Game::maze, 25, 0), seed, size).open);
    EXPECT_EQ(seen.size(), layouts) << "size " << size;
  }
}

TEST(MazeLevel, SizesAreDrawnUniformlyUpToTheLargest) {
  LevelOptions options = options_of(Game::maze_aisc, 25, 1);
  options.max_size = 9;
  std::map<int, int> sizes;
  for (int32_t seed = 0; seed < 4000; ++seed) ++sizes[generate_level(options, seed).size];
  ASSERT_EQ(sizes.size(), 4U);
  for (const int size : {3, 5, 7, 9}) EXPECT_NEAR(sizes[size], 1000, 150) << size;
}

TEST(MazeLevel, ImposedSizeChangesNothingElse) {
  const LevelOptions options = options_of(Game::maze_aisc, 25, 5);
  for (int32_t seed = 0; seed < 50; ++seed) {
    const envs::MazeLevel drawn = generate_level(options, seed);
    const envs::MazeLevel imposed = generate_level(options, seed, drawn.size);
    EXPECT_EQ(drawn.open, imposed.open);
    EXPECT_EQ(drawn.cheese, imposed.cheese);
    EXPECT_EQ(generate_level(options, seed, 11).background, drawn.background);
  }
}

TEST(MazeLevel, AnchorMovesTheMazeInItsWorld) {
  LevelOptions options = options_of(Game::maze_aisc, 15, 5);
  EXPECT_EQ(generate_level(options, 7, 5).origin, (envs::Cell{5, 5}));
  const auto centred = generate_level(options, 7, 5).open;
  options.anchor = Anchor::bottom_left;
  EXPECT_EQ(generate_level(options, 7, 5).origin, (envs::Cell{0, 0}));
  EXPECT_EQ(generate_level(options, 7, 5).open, centred);
}

TEST(MazeLevel, OutsideIsWall) {
  const envs::MazeLevel level = generate_level(options_of(Game::maze, 3, 0), 1);
  EXPECT_TRUE(level.is_open(2, 2));
  EXPECT_FALSE(level.is_open(-1, 0));
  EXPECT_FALSE(level.is_open(0, -1));
  EXPECT_FALSE(level.is_open(3, 0));
  EXPECT_FALSE(level.is_open(0, 3));
}

TEST(MazeLevel, RefusesBadOptions) {
  for (const int world : {-1, 0, 1, 2, 8, 24, 103})
    EXPECT_THROW(generate_level(options_of(Game::maze, world, 0), 0), UserError) << world;
  EXPECT_THROW(generate_level(options_of(Game::maze_aisc, 9, 10), 0), UserError);
  EXPECT_THROW(generate_level(options_of(Game::maze_aisc, 9, -1), 0), UserError);
  for (const int size : {-3, 0, 1, 4, 11})
    EXPECT_THROW(generate_level(options_of(Game::maze, 9, 0), 0, size), UserError) << size;
  LevelOptions options = options_of(Game::maze, 9, 0);
  options.max_size = 11;
  EXPECT_THROW(generate_level(options, 0), UserError);
}

}  // namespace
}  // namespace mazescan::maze
