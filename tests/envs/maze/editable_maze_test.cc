#include "envs/maze/editable_maze.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "envs/maze/maze_text.h"
#include "envs/maze/planes.h"
#include "envs/maze/variations.h"
#include "tests/envs/drawn_maze.h"
#include "tests/envs/message_of.h"

namespace mazescan::maze {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(EditableMaze, EditsShowInTheState) {
  EditableMaze maze = drawn_maze();
  EXPECT_EQ(maze.state().mouse, envs::kStart);
  maze.set_open({1, 1}, true);
  EXPECT_TRUE(maze.state().level->is_open(1, 1));
  maze.set_mouse({1, 1});
  maze.set_cheese({0, 0});
  EXPECT_EQ(maze.state().mouse, (envs::Cell{1, 1}));
  EXPECT_EQ(maze.state().cheese, envs::kStart);
  EXPECT_EQ(maze.level().cheese, envs::kStart);
  maze.set_open({2, 2}, false);
  EXPECT_FALSE(maze.level().is_open(2, 2));
  maze.set_cheese(envs::kNoCell);
  EXPECT_EQ(maze.state().cheese, envs::kNoCell);
  EXPECT_EQ(maze_to_text(maze.state()), "..#\n#m.\n...\n");
}

TEST(EditableMaze, RefusesWhatWouldBreakItAndStaysAsItWas) {
  EditableMaze maze = drawn_maze();
  const std::string before = maze_to_text(maze.state());
  EXPECT_THAT(message_of([&] {
                maze.set_cheese({0, 1});
              }),
              AllOf(HasSubstr("cheese in the cell (0, 1)"), HasSubstr("wall")));
  EXPECT_THAT(message_of([&] {
                maze.set_mouse({1, 1});
              }),
              AllOf(HasSubstr("mouse in the cell (1, 1)"), HasSubstr("wall")));
  EXPECT_THAT(message_of([&] { maze.set_mouse(envs::kNoCell); }), HasSubstr("outside"));
  EXPECT_THAT(message_of([&] { maze.set_cheese({3, 0}); }), HasSubstr("outside"));
  EXPECT_THAT(message_of([&] { maze.set_open({0, -1}, true); }), HasSubstr("outside"));
  EXPECT_THAT(message_of([&] { maze.set_open({0, 0}, false); }), HasSubstr("mouse is there"));
  EXPECT_THAT(message_of([&] { maze.set_open({2, 2}, false); }), HasSubstr("cheese is there"));
  EXPECT_EQ(maze_to_text(maze.state()), before);
}

TEST(EditableMaze, RefusesStatesThatAreNotWhole) {
  const EditableMaze good = drawn_maze();
  const auto refused = [&](const auto& breaks) {
    envs::MazeLevel level = good.level();
    envs::MazeState state = initial_state(level);
    breaks(level, state);
    return message_of([&] { EditableMaze maze(state); });
  };
  EXPECT_EQ(refused([](envs::MazeLevel&, envs::MazeState&) {}), "");
  EXPECT_THAT(refused([](envs::MazeLevel& l, envs::MazeState&) { l.world_dim = 4; }),
              HasSubstr("world_dim 4"));
  EXPECT_THAT(refused([](envs::MazeLevel& l, envs::MazeState&) { l.world_dim = 103; }),
              HasSubstr("world_dim 103"));
  EXPECT_THAT(refused([](envs::MazeLevel& l, envs::MazeState&) { l.size = 2; }), HasSubstr("maze size 2"));
  EXPECT_THAT(refused([](envs::MazeLevel& l, envs::MazeState&) { l.size = 1; }), HasSubstr("maze size 1"));
  EXPECT_THAT(refused([](envs::MazeLevel& l, envs::MazeState&) { l.size = 5; }),
              HasSubstr("maze size 5 with world_dim 3"));
  EXPECT_THAT(refused([](envs::MazeLevel& l, envs::MazeState&) {
                l.origin = {1, 0};
              }),
              HasSubstr("grid cell (1, 0)"));
  EXPECT_THAT(refused([](envs::MazeLevel& l, envs::MazeState&) { l.open.pop_back(); }), HasSubstr("8 cells"));
  EXPECT_THAT(refused([](envs::MazeLevel& l, envs::MazeState&) { l.open[0] = 2; }), HasSubstr("kind 2"));
  EXPECT_THAT(refused([](envs::MazeLevel& l, envs::MazeState&) { l.background = 9; }),
              HasSubstr("background 9"));
  EXPECT_THAT(refused([](envs::MazeLevel& l, envs::MazeState&) {
                l.cheese = {0, 1};
              }),
              HasSubstr("cheese in the cell (0, 1)"));
  EXPECT_THAT(refused([](envs::MazeLevel&, envs::MazeState& s) {
                s.cheese = {0, 1};
              }),
              HasSubstr("cheese in the cell (0, 1)"));
  EXPECT_THAT(refused([](envs::MazeLevel&, envs::MazeState& s) { s.mouse = {7, 1}; }), HasSubstr("mouse"));
  EXPECT_THAT(refused([](envs::MazeLevel&, envs::MazeState& s) { s.clock = -1; }), HasSubstr("step -1"));
  EXPECT_THAT(refused([](envs::MazeLevel&, envs::MazeState& s) { s.clock = INT32_MAX; }),
              HasSubstr("step 2147483647"));
}

TEST(EditableMaze, LargeAndEditedMazesPlay) {
  std::string rows;
  for (int row = 0; row < envs::kMaxWorldDim; ++row) rows += std::string(envs::kMaxWorldDim, '.') + '\n';
  EditableMaze maze = maze_from_text(rows, "hall");
  maze.set_mouse({50, 50});
  maze.set_cheese({50, 52});
  envs::MazeState state = maze.state();
  EXPECT_FALSE(apply_move(state, envs::Move::up));
  EXPECT_TRUE(apply_move(state, envs::Move::up));
  std::vector<uint8_t> planes(planes_bytes(envs::kMaxWorldDim));
  write_planes(state, planes.data());
  EXPECT_EQ(planes[planes.size() / 3 + plane_index(maze.level(), {50, 52})], 1);
}

TEST(Variations, MouseOnEveryFreeCell) {
  const EditableMaze maze = drawn_maze();
  const auto states = mouse_variations(maze.state());
  const std::vector<envs::Cell> cells = open_cells(maze.level());
  ASSERT_EQ(states.size(), 7U);
  ASSERT_EQ(cells.size(), 7U);
  for (size_t i = 0; i < states.size(); ++i) {
    EXPECT_EQ(states[i].mouse, cells[i]);
    EXPECT_EQ(states[i].cheese, (envs::Cell{2, 2}));
    EXPECT_EQ(states[i].level, &maze.level());
  }
}

}  // namespace
}  // namespace mazescan::maze
