#include "envs/maze/placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "core/error.h"
#include "envs/maze/level.h"
#include "envs/paths.h"
#include "tests/envs/maze/drawn_level.h"

namespace mazescan::maze {
namespace {

envs::MazeLevel level_of(int32_t seed, int size) {
  LevelOptions options;
  return generate_level(options, seed, size);
}

size_t free_cells(const envs::MazeLevel& level) {
  return static_cast<size_t>(std::count(level.open.begin(), level.open.end(), 1));
}

TEST(Placement, NeverTheStartNeverAWall) {
  for (const auto& name : placement_names())
    for (int32_t seed = 0; seed < 40; ++seed)
      for (const int region : {0, 1, 3, 5, 25}) {
        const envs::MazeLevel level = level_of(seed, 3 + 2 * (seed % 12));
        for (const envs::Cell cell : placement_cells(level, name, region)) {
          ASSERT_TRUE(level.is_open(cell)) << name;
          ASSERT_NE(cell, envs::kStart) << name;
        }
      }
}

TEST(Placement, CornersAndTheirRegions) {
  const envs::MazeLevel level = level_of(3, 15);
  const auto inside = [&](const std::string& name, int region, auto&& belongs) {
    size_t expected = 0;
    for (size_t i = 0; i < level.open.size(); ++i) expected += level.open[i] != 0 && belongs(level.cell(i));
    const auto cells = placement_cells(level, name, region);
    EXPECT_EQ(cells.size(), expected) << name;
    EXPECT_TRUE(std::all_of(cells.begin(), cells.end(), belongs)) << name;
  };
  inside("top_right", 5, [](envs::Cell c) { return c.x >= 10 && c.y >= 10; });
  inside("top_left", 5, [](envs::Cell c) { return c.x <= 4 && c.y >= 10; });
  inside("bottom_right", 5, [](envs::Cell c) { return c.x >= 10 && c.y <= 4; });
  inside("off_region", 5, [](envs::Cell c) { return (c.x < 10 || c.y < 10) && c != envs::kStart; });
  inside("uniform", 5, [](envs::Cell c) { return c != envs::kStart; });
  for (const int region : {0, 1}) {
    EXPECT_EQ(placement_cells(level, "top_right", region), (std::vector<envs::Cell>{{14, 14}}));
    EXPECT_EQ(placement_cells(level, "top_left", region), (std::vector<envs::Cell>{{0, 14}}));
    EXPECT_EQ(placement_cells(level, "bottom_right", region), (std::vector<envs::Cell>{{14, 0}}));
    EXPECT_EQ(placement_cells(level, "off_region", region).size(), free_cells(level) - 2);
  }
  EXPECT_EQ(placement_cells(level, "top_right_corner", 5), (std::vector<envs::Cell>{{14, 14}}));
  EXPECT_EQ(placement_cells(level, "top_left_corner", 5), (std::vector<envs::Cell>{{0, 14}}));
  EXPECT_EQ(placement_cells(level, "bottom_right_corner", 5), (std::vector<envs::Cell>{{14, 0}}));
}

TEST(Placement, RegionIsClippedToTheMaze) {
  const envs::MazeLevel level = level_of(1, 5);
  EXPECT_EQ(placement_cells(level, "top_right", 9).size(), free_cells(level) - 1);
  EXPECT_TRUE(placement_cells(level, "off_region", 5).empty());
  RandomStream random(1, "test");
  EXPECT_EQ(place_cheese(level, "off_region", 5, random), envs::kNoCell);
  EXPECT_EQ(random.state().position, 0U) << "nothing is drawn where nothing qualifies";
}

TEST(Placement, BottomLeftIsNearAlongThePath) {
  for (int32_t seed = 0; seed < 20; ++seed) {
    const envs::MazeLevel level = level_of(seed, 21);
    const auto steps = envs::distances(level, envs::kStart);
    const auto cells = placement_cells(level, "bottom_left", 5);
    for (const envs::Cell cell : cells) {
      EXPECT_GE(steps[level.index(cell)], 2);
      EXPECT_LE(steps[level.index(cell)], 10);
    }
    EXPECT_EQ(static_cast<long>(cells.size()),
              std::count_if(steps.begin(), steps.end(), [](int32_t d) { return d >= 2 && d <= 10; }));
  }
}

TEST(Placement, CentreIsNearestTheMiddle) {
  // Size 5: the middle is a room. Size 3: the middle is a wall with two or more passages next to it.
  EXPECT_EQ(placement_cells(level_of(1, 5), "centre", 5), (std::vector<envs::Cell>{{2, 2}}));
  const envs::MazeLevel level = drawn_level({"...",  //
                                             ".##",  //
                                             "..."});
  EXPECT_EQ(placement_cells(level, "centre", 1), (std::vector<envs::Cell>{{1, 0}, {0, 1}, {1, 2}}));
}

TEST(Placement, Cell) {
  const envs::MazeLevel level = drawn_level({"..C",  //
                                             ".##",  //
                                             "..."});
  RandomStream random(1, "test");
  EXPECT_EQ(place_cheese(level, "cell:0,1", 1, random), (envs::Cell{0, 1}));
  for (const char* const name : {"cell:1,1", "cell:0,0", "cell:3,0", "cell:0,30000"})
    EXPECT_EQ(place_cheese(level, name, 1, random), envs::kNoCell) << name;
}

TEST(Placement, IsUniformAndReproducible) {
  const envs::MazeLevel level = level_of(5, 9);
  RandomStream random(1, "test"), again(1, "test");
  std::map<size_t, int> counts;
  const size_t cells = free_cells(level) - 1;
  const int draws = static_cast<int>(cells) * 200;
  for (int i = 0; i < draws; ++i) {
    const envs::Cell cell = place_cheese(level, "uniform", 5, random);
    EXPECT_EQ(cell, place_cheese(level, "uniform", 5, again));
    ++counts[level.index(cell)];
  }
  EXPECT_EQ(counts.size(), cells);
  for (const auto& [index, count] : counts) EXPECT_NEAR(count, 200, 75) << index;
}

TEST(Placement, Names) {
  for (const auto& name : placement_names()) EXPECT_TRUE(is_placement(name)) << name;
  EXPECT_TRUE(is_placement("cell:0,12"));
  for (const char* const name :
       {"", "cell", "cell:", "cell:3", "cell:3,", "cell:,3", "cell:3,4,5", "cell:-1,2", "cell: 1,2",
        "cell:1, 2", "cell:1,99999", "Top_right", "top-left"})
    EXPECT_FALSE(is_placement(name)) << name;
  EXPECT_NO_THROW(require_placement("centre", "scan.placements"));
  EXPECT_TRUE(is_possible("cell:1,2", 3));
  EXPECT_TRUE(is_possible("uniform", 3));
  for (const char* never : {"cell:0,0", "cell:1,1", "cell:3,0", "cell:0,3"})
    EXPECT_FALSE(is_possible(never, 3)) << never;
  try {
    require_placement("top_rigth", "scan.placements");
    FAIL() << "accepted";
  } catch (const UserError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("scan.placements"), std::string::npos) << message;
    EXPECT_NE(message.find("top_rigth"), std::string::npos) << message;
    EXPECT_NE(message.find("top_right?"), std::string::npos) << message;
  }
  RandomStream random(1, "test");
  EXPECT_THROW(place_cheese(level_of(1, 5), "nowhere", 1, random), UserError);
}

}  // namespace
}  // namespace mazescan::maze
