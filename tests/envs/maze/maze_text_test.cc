#include "envs/maze/maze_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/envs/message_of.h"

namespace mazescan::maze {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string fault(const std::string& text, int world = 0) {
  return message_of([&] { maze_from_text(text, "cave.txt", world); });
}

TEST(MazeText, ReadsADrawing) {
  const EditableMaze maze = maze_from_text("# c\n#.#\r\n..m", "drawing", 7);
  EXPECT_EQ(maze.level().size, 3);
  EXPECT_EQ(maze.level().world_dim, 7);
  EXPECT_EQ(maze.level().origin, (envs::Cell{2, 2}));
  EXPECT_EQ(maze.level().open, (std::vector<uint8_t>{1, 1, 1, 0, 1, 0, 0, 1, 1}));
  EXPECT_EQ(maze.level().cheese, (envs::Cell{2, 2}));
  EXPECT_EQ(maze.state().mouse, (envs::Cell{2, 0}));
  EXPECT_EQ(maze.state().cheese, (envs::Cell{2, 2}));
  EXPECT_EQ(maze_to_text(maze.state()), "#.c\n#.#\n..m\n");
  EXPECT_EQ(maze_from_text("...\n...\n...\n", "drawing", 7, Anchor::bottom_left).level().origin,
            envs::kStart);
}

TEST(MazeText, MouseAndCheeseAreOptional) {
  const EditableMaze maze = maze_from_text("###\n###\n.##\n", "drawing");
  EXPECT_EQ(maze.state().mouse, envs::kStart);
  EXPECT_EQ(maze.state().cheese, envs::kNoCell);
  const EditableMaze both = maze_from_text("###\n#*#\n###\n", "drawing");
  EXPECT_EQ(both.state().mouse, (envs::Cell{1, 1}));
  EXPECT_EQ(both.state().cheese, (envs::Cell{1, 1}));
  EXPECT_EQ(maze_to_text(both.state()), "###\n#*#\n###\n");
}

TEST(MazeText, GeneratedLevelsComeBack) {
  LevelOptions options;
  options.game = Game::maze;
  for (const int world : {3, 15, 25, 31, 101}) {
    options.world_dim = world;
    for (int32_t seed = 0; seed < 20; ++seed) {
      const envs::MazeLevel level = generate_level(options, seed);
      const EditableMaze back = maze_from_text(maze_to_text(initial_state(level)), "drawing", world);
      EXPECT_EQ(back.level().open, level.open);
      EXPECT_EQ(back.level().cheese, level.cheese);
      EXPECT_EQ(back.level().origin.x, level.origin.x);
      EXPECT_EQ(back.state().mouse, envs::kStart);
    }
  }
}

TEST(MazeText, FaultsNameLineAndColumn) {
  EXPECT_THAT(fault(".M.\n...\n...\n"), AllOf(StartsWith("cave.txt:1:2"), HasSubstr("'M'")));
  EXPECT_THAT(fault("...\n..\t\n...\n"), AllOf(StartsWith("cave.txt:2:3"), HasSubstr("byte 0x09")));
  EXPECT_THAT(fault("...\n..\n...\n"), AllOf(StartsWith("cave.txt:2:3"), HasSubstr("2 cells")));
  EXPECT_THAT(fault("...\n....\n...\n"), AllOf(StartsWith("cave.txt:2:4"), HasSubstr("4 cells")));
  EXPECT_THAT(fault("m..\n..m\n...\n"), AllOf(StartsWith("cave.txt:2:3"), HasSubstr("already a mouse")));
  EXPECT_THAT(fault("c..\n...\n.c.\n"), AllOf(StartsWith("cave.txt:3:2"), HasSubstr("already a cheese")));
  EXPECT_THAT(fault("..\n..\n"), AllOf(StartsWith("cave.txt:2:1"), HasSubstr("2 lines")));
  EXPECT_THAT(fault("....\n....\n....\n....\n"), HasSubstr("odd number of lines"));
  EXPECT_THAT(fault("."), HasSubstr("1 lines"));
  EXPECT_THAT(fault(""), HasSubstr("0 lines"));
  std::string huge;
  for (int i = 0; i < 103; ++i) huge += std::string(103, '.') + '\n';
  EXPECT_THAT(fault(huge), HasSubstr("103 lines"));
  EXPECT_THAT(fault("...\n...\n#..\n"), HasSubstr("no mouse is drawn"));
  EXPECT_THAT(fault("...\n...\n...\n\n\n"), HasSubstr("line has 3 cells, the drawing 5 lines"));
  for (const int world : {1, 4, 103})
    EXPECT_THAT(fault("...\n...\n...\n", world), HasSubstr("with world_dim"));
}

}  // namespace
}  // namespace mazescan::maze
