#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "envs/actions.h"
#include "envs/maze/planes.h"
#include "envs/maze_state.h"
#include "tests/envs/maze/drawn_level.h"

namespace mazescan {
namespace {

const MazeLevel& corridor() {                         // the start leads right, then up to the cheese
  static const MazeLevel level = drawn_level({"..C",  //
                                              "##.",  //
                                              "..."});
  return level;
}

TEST(Maze, ProcgenActions) {
  const Move expected[kProcgenActions] = {Move::left, Move::left,  Move::left,  Move::down,  Move::noop,
                                          Move::up,   Move::right, Move::right, Move::right, Move::noop,
                                          Move::noop, Move::noop,  Move::noop,  Move::noop,  Move::noop};
  for (int action = 0; action < kProcgenActions; ++action)
    EXPECT_EQ(move_of(ActionSet::procgen, action), expected[action]) << action;
  EXPECT_EQ(move_of(ActionSet::procgen, -1), Move::noop);
}

TEST(Maze, WalksToTheCheese) {
  MazeState state = initial_state(corridor());
  EXPECT_EQ(state.mouse, kStart);
  for (const Move move : {Move::right, Move::right, Move::up}) EXPECT_FALSE(apply_move(state, move));
  EXPECT_EQ(state.mouse, (Cell{2, 1}));
  EXPECT_TRUE(apply_move(state, Move::up));
  EXPECT_EQ(state.mouse, (Cell{2, 2}));
  EXPECT_EQ(state.cheese, kNoCell);
  EXPECT_EQ(state.clock, 4);
  EXPECT_FALSE(apply_move(state, Move::noop)) << "eaten once";
}

TEST(Maze, WallsAndTheEdgeStopTheMouse) {
  MazeState state = initial_state(corridor());
  for (const Move move : {Move::up, Move::left, Move::down, Move::noop}) {
    EXPECT_FALSE(apply_move(state, move));
    EXPECT_EQ(state.mouse, kStart);
  }
  EXPECT_EQ(state.clock, 4);
}

TEST(Maze, TurnsEvenAgainstAWall) {
  MazeState state = initial_state(corridor());
  EXPECT_FALSE(state.facing_right);
  apply_move(state, Move::right);
  EXPECT_TRUE(state.facing_right);
  apply_move(state, Move::up);  // blocked, and no turn
  EXPECT_TRUE(state.facing_right);
  apply_move(state, Move::left);
  apply_move(state, Move::right);
  apply_move(state, Move::right);
  EXPECT_TRUE(state.facing_right);
  apply_move(state, Move::right);  // blocked by the edge
  EXPECT_TRUE(state.facing_right);
  apply_move(state, Move::up);
  apply_move(state, Move::left);  // blocked by a wall
  EXPECT_EQ(state.mouse, (Cell{2, 1}));
  EXPECT_FALSE(state.facing_right);
}

TEST(Maze, PlanesShowThePicture) {
  MazeLevel level = corridor();
  level.world_dim = 5;
  level.origin = {1, 1};
  MazeState state = initial_state(level);
  apply_move(state, Move::right);
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
  state.cheese = kNoCell;
  write_planes(state, planes.data());
  EXPECT_EQ(std::count(planes.begin() + 50, planes.end(), 0), 25);
}

}  // namespace
}  // namespace mazescan
