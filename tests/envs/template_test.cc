// Keeps envs/template.h working: fills in what it requires and plays an episode.
#include "envs/template.h"

#include <gtest/gtest.h>

namespace mazescan::envs {

// Defines an empty square whose goal is at the top right.
void TemplateTask::make_level(int32_t seed, int size, int max_size, Mt19937& rng, MazeLevel& level) const {
  rng.reseed(static_cast<uint32_t>(seed));
  const auto drawn = 3 + static_cast<int>(rng.below(static_cast<uint32_t>(max_size - 2)));
  level.seed = seed;
  level.size = size == 0 ? drawn : size;
  level.world_dim = config_.world_dim;
  level.origin = {0, 0};
  level.background = 0;
  level.open.assign(static_cast<size_t>(level.size) * level.size, 1);
  level.cheese = level.top_right();
}
bool TemplateTask::place_goal(MazeLevel& level, const std::string& placement,
                              RandomStream& /*random*/) const {
  if (placement == "elsewhere") level.cheese = {1, 1};
  return true;
}
std::vector<GoalLike> TemplateTask::goal_likes(const MazeState& start) const {
  return {{GoalKind::goal, start.cheese, {start.cheese}}};
}
ObservationShape TemplateTask::observation_shape() const {
  ObservationShape shape;
  shape.channels = shape.height = 1;
  shape.width = 2;
  return shape;
}
void TemplateTask::observe(const MazeState& state, uint8_t* out) const {
  out[0] = static_cast<uint8_t>(state.mouse.x);
  out[1] = static_cast<uint8_t>(state.mouse.y);
}

namespace {

TEST(Template, IsAnEnvironment) {
  const TemplateTask task{TemplateConfig()};
  const MazeLevel level = make_level(task, 3, 4);
  MazeState state = task.initial_state(level);
  EXPECT_EQ(task.optimal_steps(state), 6);
  EXPECT_EQ(task.decision_cell(state), kNoCell) << "there is no proxy";
  for (int step = 0; step < 5; ++step)
    ASSERT_FALSE(task.apply_move(state, step % 2 == 0 ? Move::up : Move::right).over);
  EXPECT_TRUE(task.apply_move(state, Move::right).over);
  uint8_t seen[2];
  task.observe(state, seen);
  EXPECT_EQ(seen[0], 3);
  EXPECT_EQ(seen[1], 3);
  EXPECT_EQ(template_info().name, "template");
}

}  // namespace
}  // namespace mazescan::envs
