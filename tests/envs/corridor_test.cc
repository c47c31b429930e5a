// Tests the corridor itself. conformance_test.cc and tests/python/corridor_test.py test that it is trained
// and scanned like every environment.
#include "tests/envs/corridor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "envs/paths.h"
#include "tests/envs/message_of.h"

namespace mazescan::envs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

EnvironmentConfig corridor(int world_dim) {
  return parse_config<EnvironmentConfig>(fmt::format("{{name: corridor, world_dim: {}}}", world_dim), "test");
}

TEST(Corridor, ReadsItsOwnKeysAndNoOthers) {
  EXPECT_EQ(make_task(corridor(12))->world_dim(), 12);
  EXPECT_THAT(message_of([] { corridor(2); }), HasSubstr("'world_dim' is 2"));
  EXPECT_THAT(message_of([] { parse_config<EnvironmentConfig>("{name: corridor, region: 1}", "test"); }),
              HasSubstr("unknown key 'region'"));
  EXPECT_THAT(message_of([] { parse_config<EnvironmentConfig>("{name: coridor}", "test"); }),
              HasSubstr("maze_aisc, maze, maze_cues, keys_and_chests, heist, corridor"));
  const std::string dump = dump_config(corridor(12));
  EXPECT_THAT(dump, HasSubstr("name: corridor"));
  EXPECT_EQ(dump_config(parse_config<EnvironmentConfig>(dump, "dump")), dump);
}

TEST(Corridor, HasLevelsOfAnySizeWhoseGoalIsAtTheRightEnd) {
  const auto task = make_task(corridor(6));
  EXPECT_THAT(task->sizes(), ElementsAre(3, 4, 5, 6));
  const MazeLevel level = make_level(*task, 5, 4);
  EXPECT_THAT(level.open, ElementsAre(1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(level.cheese, (Cell{3, 0}));
  EXPECT_THAT(message_of([&] { require_size(*task, 7, "the size is"); }), HasSubstr("the size is 7"));
}

TEST(Corridor, TheWaysPartAtTheStartIfTheGoalIsOnTheLeft) {
  const auto task = make_task(corridor(6));
  MazeLevel level = make_level(*task, 5, 6);
  RandomStream random(1, "placement");
  EXPECT_EQ(task->decision_cell(task->initial_state(level)), kNoCell);
  EXPECT_EQ(task->optimal_steps(task->initial_state(level)), 2);
  ASSERT_TRUE(task->place_goal(level, "left", random));
  EXPECT_EQ(task->decision_cell(task->initial_state(level)), (Cell{3, 0}));
  EXPECT_EQ(task->optimal_steps(task->initial_state(level)), 3);
  EXPECT_THAT(message_of([&] { task->require_placement("lefft", "scan.placements"); }),
              HasSubstr("did you mean 'left'?"));
}

}  // namespace
}  // namespace mazescan::envs
