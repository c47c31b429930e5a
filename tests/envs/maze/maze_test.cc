#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "envs/actions.h"
#include "envs/maze/maze_config.h"
#include "envs/maze/planes.h"
#include "envs/maze_state.h"
#include "envs/task.h"
#include "tests/envs/maze/drawn_level.h"

namespace mazescan::maze {
namespace {

const envs::MazeLevel& corridor() {                         // the start leads right, then up to the cheese
  static const envs::MazeLevel level = drawn_level({"..C",  //
                                                    "##.",  //
                                                    "..."});
  return level;
}

TEST(Maze, ProcgenActions) {
  const envs::Move expected[envs::kProcgenActions] = {
      envs::Move::left, envs::Move::left,  envs::Move::left,  envs::Move::down,  envs::Move::noop,
      envs::Move::up,   envs::Move::right, envs::Move::right, envs::Move::right, envs::Move::noop,
      envs::Move::noop, envs::Move::noop,  envs::Move::noop,  envs::Move::noop,  envs::Move::noop};
  for (int action = 0; action < envs::kProcgenActions; ++action)
    EXPECT_EQ(envs::move_of(envs::ActionSet::procgen, action), expected[action]) << action;
  EXPECT_EQ(envs::move_of(envs::ActionSet::procgen, -1), envs::Move::noop);
}

TEST(Maze, WalksToTheCheese) {
  envs::MazeState state = initial_state(corridor());
  EXPECT_EQ(state.mouse, envs::kStart);
  for (const envs::Move move : {envs::Move::right, envs::Move::right, envs::Move::up})
    EXPECT_FALSE(apply_move(state, move));
  EXPECT_EQ(state.mouse, (envs::Cell{2, 1}));
  EXPECT_TRUE(apply_move(state, envs::Move::up));
  EXPECT_EQ(state.mouse, (envs::Cell{2, 2}));
  EXPECT_EQ(state.cheese, envs::kNoCell);
  EXPECT_EQ(state.clock, 4);
  EXPECT_FALSE(apply_move(state, envs::Move::noop)) << "eaten once";
}

TEST(Maze, WallsAndTheEdgeStopTheMouse) {
  envs::MazeState state = initial_state(corridor());
  for (const envs::Move move : {envs::Move::up, envs::Move::left, envs::Move::down, envs::Move::noop}) {
    EXPECT_FALSE(apply_move(state, move));
    EXPECT_EQ(state.mouse, envs::kStart);
  }
  EXPECT_EQ(state.clock, 4);
}

TEST(Maze, TurnsEvenAgainstAWall) {
  envs::MazeState state = initial_state(corridor());
  EXPECT_FALSE(state.facing_right);
  apply_move(state, envs::Move::right);
  EXPECT_TRUE(state.facing_right);
  apply_move(state, envs::Move::up);  // blocked, and no turn
  EXPECT_TRUE(state.facing_right);
  apply_move(state, envs::Move::left);
  apply_move(state, envs::Move::right);
  apply_move(state, envs::Move::right);
  EXPECT_TRUE(state.facing_right);
  apply_move(state, envs::Move::right);  // blocked by the edge
  EXPECT_TRUE(state.facing_right);
  apply_move(state, envs::Move::up);
  apply_move(state, envs::Move::left);  // blocked by a wall
  EXPECT_EQ(state.mouse, (envs::Cell{2, 1}));
  EXPECT_FALSE(state.facing_right);
}

TEST(Maze, PlanesShowThePicture) {
  envs::MazeLevel level = corridor();
  level.world_dim = 5;
  level.origin = {1, 1};
  envs::MazeState state = initial_state(level);
  apply_move(state, envs::Move::right);
  std::vector<uint8_t> planes(planes_bytes(5), 9);
  write_planes(state, planes.data());
  // Row 0 at the top.
  const std::vector<uint8_t> expected = {0, 0, 0, 0, 0,  //
                                         0, 1, 1, 1, 0,  //
                                         0, 0, 0, 1, 0,  //
                                         0, 1, 1, 1, 0,  //
                                         0, 0, 0, 0, 0,
                                         // the mouse
                                         0, 0, 0, 0, 0,  //
                                         0, 0, 0, 0, 0,  //
                                         0, 0, 0, 0, 0,  //
                                         0, 0, 1, 0, 0,  //
                                         0, 0, 0, 0, 0,
                                         // the cheese
                                         0, 0, 0, 0, 0,  //
                                         0, 0, 0, 1, 0,  //
                                         0, 0, 0, 0, 0,  //
                                         0, 0, 0, 0, 0,  //
                                         0, 0, 0, 0, 0};
  EXPECT_EQ(planes, expected);
  state.cheese = envs::kNoCell;
  write_planes(state, planes.data());
  EXPECT_EQ(std::count(planes.begin() + 50, planes.end(), 0), 25);
}

// A share of the levels has the cheese anywhere; everything else stays procgenAISC's.
TEST(Maze, ShiftedLevels) {
  const auto task_with = [](double shifted) {
    envs::EnvironmentConfig config("maze_aisc");
    config.own<MazeConfig>().world_dim = 15;
    config.own<MazeConfig>().region = 1;
    config.own<MazeConfig>().shifted = shifted;
    return envs::make_task(config);
  };
  const auto plain = task_with(0), some = task_with(0.3), all = task_with(1);
  constexpr int kLevels = 2000;
  int moved = 0;
  std::vector<int> cells(15 * 15);
  for (int32_t seed = 0; seed < kLevels; ++seed) {
    const envs::MazeLevel level = envs::make_level(*plain, seed, 15);
    const envs::MazeLevel shifted = envs::make_level(*some, seed, 15);
    EXPECT_EQ(shifted.open, level.open);
    EXPECT_EQ(level.cheese, level.top_right());
    EXPECT_TRUE(shifted.is_open(shifted.cheese.x, shifted.cheese.y));
    EXPECT_NE(shifted.cheese, envs::kStart);
    EXPECT_EQ(envs::make_level(*some, seed, 15).cheese, shifted.cheese);
    moved += shifted.cheese != level.cheese ? 1 : 0;
    const envs::Cell anywhere = envs::make_level(*all, seed, 15).cheese;
    ++cells[static_cast<size_t>(anywhere.y * 15 + anywhere.x)];
  }
  EXPECT_NEAR(moved, 0.3 * kLevels, 4 * std::sqrt(0.3 * 0.7 * kLevels));
  EXPECT_EQ(cells[0], 0) << "the start";
  for (int y = 0; y < 15; y += 2)
    for (int x = 0; x < 15; x += 2) {  // a room has cheese in one of 126 levels
      if (x + y > 0) EXPECT_NEAR(cells[static_cast<size_t>(y * 15 + x)], kLevels / 126.0, 20);
    }
}

}  // namespace
}  // namespace mazescan::maze
