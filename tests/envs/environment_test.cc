#include "envs/environment.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/random.h"
#include "envs/maze/maze_config.h"
#include "envs/maze/planes.h"
#include "envs/paths.h"
#include "envs/task_environment.h"

namespace mazescan::envs {
namespace {

std::string message_of(const std::string& yaml) {
  try {
    make_environment(parse_config<EnvironmentConfig>(yaml, "test.yaml"), 1);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

EnvironmentConfig small_config() {
  EnvironmentConfig config;
  config.own<maze::MazeConfig>().world_dim = 7;
  config.actions = ActionSet::moves;
  return config;
}

// Returns the move that leads to the cheese.
int best_move(const MazeState& state) {
  const auto moves = optimal_moves(*state.level, distances(*state.level, state.cheese), state.mouse);
  for (int move = 0; move < kMoves; ++move)
    if (moves[static_cast<size_t>(move)]) return move;
  return static_cast<int>(Move::noop);
}

std::vector<uint8_t> observation(const Environment& environment) {
  std::vector<uint8_t> bytes(environment.observation_shape().bytes());
  environment.observe(bytes.data());
  return bytes;
}

TEST(EnvironmentConfig, DefaultsAreProcgens) {
  const auto environment = make_environment(EnvironmentConfig(), 1);
  EXPECT_EQ(environment->action_count(), 15);
  const ObservationShape shape = environment->observation_shape();
  EXPECT_EQ(shape.channels, 3);
  EXPECT_EQ(shape.height, 25);
  EXPECT_EQ(shape.width, 25);
  EXPECT_EQ(shape.bytes(), 1875U);
  EXPECT_EQ(message_of(dump_config(EnvironmentConfig())), "");
}

TEST(EnvironmentConfig, RefusesWithAClearMessage) {
  const std::pair<const char*, const char*> cases[] = {
      {"world_dim: 8", "environment.world_dim"},
      {"world_dim: 103", "world_dim"},
      {"world_dim: 9\nregion: 10", "environment.region"},
      {"view: mouse", "environment.view"},
      {"observation: rgb\nview: cheese", "world, mouse"},
      {"observation: rgb\ntheme: procgen", "procgen/data/assets"},
      {"observation: rgb\ntheme: procgen\nassets: /no/such/folder", "/no/such/folder"},
      {"theme: dali", "mazescan, procgen"},
      {"observation: pixels", "observation"},
      {"actions: keys", "procgen, moves"},
      {"name: coinrun", "maze_aisc"},
      {"anchor: middle", "centre"},
      {"time_limit: 0", "time_limit"},
      {"reward: .inf", "reward"},
      {"levels: -1", "levels"},
      {"levels: 2147483647\nstart_level: 1", "environment.levels"},
      {"wrold_dim: 9", "world_dim"},
  };
  for (const auto& [yaml, part] : cases) {
    const std::string message = message_of(yaml);
    EXPECT_NE(message.find(part), std::string::npos) << yaml << " -> \"" << message << "\"";
  }
}

TEST(TaskEnvironment, ShortestPathIsASuccess) {
  TaskEnvironment environment(small_config(), 5);
  for (int episode = 0; episode < 50; ++episode) {
    environment.reset();
    const int optimal = environment.episode().optimal;
    ASSERT_EQ(optimal, distance(*environment.state().level, kStart, environment.state().cheese));
    for (int step = 1; step <= optimal; ++step) {
      const StepResult result = environment.step(best_move(environment.state()));
      ASSERT_EQ(result.terminated, step == optimal);
      ASSERT_EQ(result.level_over, step == optimal);
      ASSERT_FALSE(result.truncated);
      ASSERT_EQ(result.reward, step == optimal ? 10.0F : 0.0F);
    }
    const EpisodeSummary summary = environment.episode();
    EXPECT_TRUE(summary.success);
    EXPECT_EQ(summary.steps, optimal);
    EXPECT_EQ(summary.size, environment.state().level->size);
    EXPECT_EQ(summary.level_seed, environment.state().level->seed);
  }
}

TEST(TaskEnvironment, TheClockTruncates) {
  for (const int per_size : {0, 2, 1000}) {
    EnvironmentConfig config = small_config();
    config.time_limit = 12;
    config.time_limit_per_size = per_size;
    TaskEnvironment environment(config, 9);
    for (int episode = 0; episode < 10; ++episode) {
      environment.reset();
      const int size = environment.episode().size;
      const int limit = per_size == 2 ? std::min(12, 2 * size) : 12;
      EXPECT_EQ(time_limit(config, size), limit);
      for (int step = 1; step <= limit; ++step) {
        const StepResult result = environment.step(static_cast<int>(Move::noop));
        ASSERT_EQ(result.truncated, step == limit) << "size " << size << " step " << step;
        ASSERT_EQ(result.level_over, step == limit);
        ASSERT_FALSE(result.terminated);
      }
      EXPECT_FALSE(environment.episode().success);
    }
  }
}

TEST(TaskEnvironment, CheeseOnTheLastStepIsASuccess) {
  EnvironmentConfig config = small_config();
  TaskEnvironment probe(config, 5);
  probe.reset();
  config.time_limit = probe.episode().optimal;
  TaskEnvironment environment(config, 5);
  environment.reset();
  StepResult result;
  while (!result.level_over) result = environment.step(best_move(environment.state()));
  EXPECT_TRUE(result.terminated);
  EXPECT_FALSE(result.truncated);
}

TEST(TaskEnvironment, ActionMinusOneEndsTheEpisode) {
  TaskEnvironment environment(small_config(), 5);
  environment.reset();
  const StepResult result = environment.step(-1);
  EXPECT_TRUE(result.truncated);
  EXPECT_TRUE(result.level_over);
  EXPECT_EQ(environment.state().mouse, kStart);
  EXPECT_THROW(environment.step(5), InternalError);
  EXPECT_THROW(environment.step(-2), InternalError);
}

TEST(TaskEnvironment, SequentialLevelsGoOnInTheSameEpisode) {
  EnvironmentConfig config = small_config();
  config.sequential = true;
  config.levels = 1;
  config.start_level = 2147483646;
  TaskEnvironment environment(config, 5);
  environment.reset();
  EXPECT_EQ(environment.episode().level_seed, 2147483646);
  StepResult result;
  while (!result.level_over) result = environment.step(best_move(environment.state()));
  EXPECT_FALSE(result.terminated || result.truncated);
  EXPECT_EQ(result.reward, 10.0F);
  EXPECT_TRUE(environment.episode().success);
  environment.reset();
  EXPECT_EQ(environment.episode().level_seed, -2147482653) << "2147483646 + 997, wrapped";
  environment.step(-1);
  environment.reset();
  EXPECT_EQ(environment.episode().level_seed, 2147483646) << "drawn again after a timeout";
}

TEST(TaskEnvironment, LevelSeedsStayInTheirRange) {
  EnvironmentConfig config = small_config();
  config.levels = 3;
  config.start_level = 100;
  TaskEnvironment environment(config, 5);
  int seen[3] = {};
  for (int i = 0; i < 300; ++i) {
    environment.reset();
    const int32_t seed = environment.episode().level_seed;
    ASSERT_GE(seed, 100);
    ASSERT_LT(seed, 103);
    ++seen[seed - 100];
  }
  for (const int count : seen) EXPECT_NEAR(count, 100, 40);
}

TEST(TaskEnvironment, ObservationIsThatOfItsState) {
  EnvironmentConfig config;
  config.own<maze::MazeConfig>().world_dim = 9;
  TaskEnvironment environment(config, 5);
  environment.reset();
  RandomStream random(1, "test");
  std::vector<uint8_t> expected(environment.observation_shape().bytes());
  for (int step = 0; step < 2000; ++step) {
    const bool over = environment.step(static_cast<int>(random.below(15))).level_over;
    maze::write_planes(environment.state(), expected.data());
    ASSERT_EQ(observation(environment), expected);
    if (over) environment.reset();
  }
}

TEST(TaskEnvironment, CurriculumTakesEffectAtTheNextReset) {
  EnvironmentConfig config;
  config.own<maze::MazeConfig>().world_dim = 25;
  TaskEnvironment environment(config, 5);
  for (environment.reset(); environment.episode().size <= 5;) environment.reset();
  const int before = environment.episode().size;
  environment.set_max_size(5);
  EXPECT_EQ(environment.episode().size, before);
  for (int i = 0; i < 50; ++i) {
    environment.reset();
    EXPECT_LE(environment.episode().size, 5);
  }
  for (const int size : {1, 4, 27}) EXPECT_THROW(environment.set_max_size(size), UserError) << size;
}

TEST(TaskEnvironment, GoesOnFromASavedState) {
  const EnvironmentConfig config = small_config();
  TaskEnvironment original(config, 5), copy(config, 77);
  RandomStream random(1, "test");
  original.reset();
  original.set_max_size(5);  // pending: the current level was made with another
  for (int step = 0; step < 7; ++step)
    if (original.step(static_cast<int>(random.below(5))).level_over) original.reset();
  ByteWriter out;
  original.save(out);
  ByteReader in(out.bytes(), "test");
  copy.restore(in);
  EXPECT_TRUE(in.at_end());
  for (int step = 0; step < 1000; ++step) {
    ASSERT_EQ(observation(copy), observation(original)) << step;
    ASSERT_EQ(copy.episode().level_seed, original.episode().level_seed);
    ASSERT_EQ(copy.state().clock, original.state().clock);
    ASSERT_EQ(copy.state().facing_right, original.state().facing_right);
    const int action = static_cast<int>(random.below(5));
    const bool over = original.step(action).level_over;
    ASSERT_EQ(copy.step(action).level_over, over);
    if (over) {
      original.reset();
      copy.reset();
    }
  }
}

TEST(TaskEnvironment, GoesOnFromAnyStateAndIsSavedThere) {
  const EnvironmentConfig config = small_config();
  TaskEnvironment environment(config, 5), other(config, 6);
  environment.reset();
  other.reset();
  MazeLevel level = *environment.state().level;
  const size_t wall =
      static_cast<size_t>(std::find(level.open.begin(), level.open.end(), 0) - level.open.begin());
  level.open[wall] = 1;  // no seed makes this level
  MazeState state = environment.state();
  state.level = &level;
  state.mouse = level.cell(wall);
  state.facing_right = true;
  state.clock = 3;
  LevelChoice choice = other.level_choice();
  choice.levels = 1;
  choice.start_level = 77;
  environment.set_state(state, choice);
  level.open.clear();  // the environment has its own copy
  EXPECT_EQ(environment.state().mouse, state.mouse);
  EXPECT_EQ(environment.state().level->open[wall], 1);
  EXPECT_TRUE(environment.state().facing_right);

  ByteWriter out;
  environment.save(out);
  ByteReader in(out.bytes(), "test");
  other.restore(in);
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(observation(other), observation(environment));
  const int limit = time_limit(config, level.size);
  for (int step = 4; step <= limit; ++step) {
    const bool over = environment.step(4).level_over;  // waits for the time limit
    ASSERT_EQ(over, step == limit);
    ASSERT_EQ(other.step(4).level_over, over);
  }
  environment.reset();
  other.reset();
  EXPECT_EQ(environment.level_seed(), 77);
  EXPECT_EQ(observation(other), observation(environment));

  MazeState late = environment.state();
  late.clock = limit;
  EXPECT_THROW(other.set_state(late, choice), UserError);
  choice.start_level = -1;
  EXPECT_THROW(other.set_state(environment.state(), choice), UserError);
}

TEST(TaskEnvironment, RefusesGarbageAndStaysAsItWas) {
  TaskEnvironment environment(small_config(), 5);
  environment.reset();
  ByteWriter out;
  environment.save(out);
  const std::string good = out.bytes();
  const auto untouched = observation(environment);
  const auto refused = [&](const std::string& bytes) {
    try {
      ByteReader in(bytes, "test");
      environment.restore(in);
      return false;
    } catch (const UserError&) {
      return observation(environment) == untouched;
    }
  };
  for (size_t length = 0; length < good.size(); length += length < 2400 ? 97 : 1)
    EXPECT_TRUE(refused(good.substr(0, length))) << length;
  // configuration, largest size, first level, generator position; then the level's largest size, success,
  // clock; then the flags and the mouse of the state.
  const size_t after_generator = 28 + sizeof(Mt19937::State);
  for (const size_t at :
       {size_t{0}, size_t{8}, size_t{26}, after_generator - 3, after_generator + 4, after_generator + 8,
        after_generator + 12, after_generator + 13, after_generator + 14}) {
    std::string bad = good;
    bad[at] = '\x7e';
    EXPECT_TRUE(refused(bad)) << "byte " << at;
  }
  // Any other wrong byte must be rejected with a UserError or read, never crash.
  RandomStream random(1, "test");
  for (int i = 0; i < 2000; ++i) {
    std::string bad = good;
    for (int flips = 0; flips < 3; ++flips)
      bad[random.below(static_cast<uint32_t>(bad.size()))] = static_cast<char>(random.next());
    TaskEnvironment victim(small_config(), 5);
    ByteReader in(bad, "test");
    try {
      victim.restore(in);
      if (!victim.episode().success) victim.step(0);
    } catch (const UserError&) {
    }
  }
}

}  // namespace
}  // namespace mazescan::envs
