#include "envs/heist/heist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "envs/heist/physics.h"
#include "envs/state_graph.h"
#include "envs/task_environment.h"
#include "tests/envs/heist/sample_heist.h"
#include "tests/envs/message_of.h"

namespace mazescan::heist {
namespace {

using envs::Cell;
using envs::Vector;
using testing::ElementsAre;
using testing::HasSubstr;

// procgen's actions: 3 * (x + 1) + y + 1.
constexpr int kLeft = 1, kDown = 3, kStay = 4, kUp = 5, kRight = 7, kRightUp = 8;

// Makes a level of a square grid from a drawing, top row first: # wall, m start, e exit, a b c keys, A B C doors.
envs::MazeLevel level_of(const std::vector<std::string>& rows) {
  envs::MazeLevel level;
  level.size = level.world_dim = static_cast<int>(rows.size());
  level.cheese = level.decoy = envs::kNoCell;
  level.open.resize(rows.size() * rows.size());
  for (int16_t x = 0; x < level.size; ++x)
    for (int16_t y = 0; y < level.size; ++y) {
      const char what = rows[static_cast<size_t>(level.size - 1 - y)][static_cast<size_t>(x)];
      level.open[level.index({x, y})] = what == '#' ? 0 : 1;
      if (what == 'm') level.start = {x, y};
      const bool key = what >= 'a' && what < 'a' + kColours, door = what >= 'A' && what < 'A' + kColours;
      if (!key && !door && what != 'e') continue;
      const uint8_t kind = key ? key_of(what - 'a') : door ? door_of(what - 'A') : kExit;
      level.objects.push_back({kind, {x, y}, {static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F}});
    }
  return level;
}

// Begins an episode on a level that no seed makes.
void begin_on(envs::TaskEnvironment& environment, const envs::MazeLevel& level) {
  environment.reset();
  environment.set_state(
      make_task(heist_config(fmt::format("world_dim: {}", level.world_dim)))->initial_state(level),
      environment.level_choice());
}

const std::vector<std::string> kCorridor = {"#######", "#######", "#######", "#######",
                                            "#######", "#######", "maA.e.."};

TEST(Heist, AClosedDoorPushesTheMouseBack) {
  envs::TaskEnvironment environment(heist_config("world_dim: 5"), 1);
  begin_on(environment, level_of({"#####", "#####", "#####", "#####", "m.Aea"}));
  float farthest = 0;
  int pushes = 0;
  for (int t = 0; t < 20; ++t) {
    ASSERT_FALSE(environment.step(kRight).level_over);
    farthest = std::max(farthest, environment.state().position.x);
    pushes += environment.state().position.x == 2.5F - 0.875F && environment.state().velocity.x == 0 ? 1 : 0;
  }
  EXPECT_LE(farthest, 2.5F - 0.875F + 0.001F);
  EXPECT_GT(pushes, 10);
}

TEST(Heist, AKeyOpensItsDoorAndTheExitEndsTheLevel) {
  envs::TaskEnvironment environment(heist_config("world_dim: 7, reward: 3"), 1);
  begin_on(environment, level_of(kCorridor));
  envs::StepResult result;
  std::vector<uint32_t> taken = {0};  // the sets of objects that are gone, one after another
  while (!result.level_over) {
    result = environment.step(kRight);
    ASSERT_LT(environment.state().clock, 50);
    if (environment.state().taken != taken.back()) taken.push_back(environment.state().taken);
    EXPECT_EQ(result.reward, result.level_over ? 3 : 0);
  }
  EXPECT_TRUE(result.terminated);
  EXPECT_TRUE(environment.episode().success);
  EXPECT_EQ(environment.episode().optimal, -1);
  EXPECT_THAT(taken, ElementsAre(0, 1, 3, 7));
  EXPECT_TRUE(holds_key(environment.state(), 0)) << "it stays in the ring";
}

TEST(Heist, ADoorCanBeOpenedWhileMovingDiagonally) {
  envs::TaskEnvironment environment(heist_config("world_dim: 7"), 1);
  begin_on(environment, level_of(kCorridor));
  const auto is_open = [&] { return (environment.state().taken & 2) != 0; };
  while (!is_open()) {
    ASSERT_FALSE(environment.step(kRightUp).level_over);
    ASSERT_LT(environment.state().clock, 50);
    const bool touches = environment.state().position.x > 2.5F - 0.875F;
    EXPECT_EQ(is_open(), touches && holds_key(environment.state(), 0));
  }
  EXPECT_EQ(environment.state().position.y, 0.625F) << "at the wall above";
  EXPECT_GT(environment.state().velocity.x, 0.2F) << "it does not stop the mouse";
}

TEST(Heist, ActionsOfBothSetsAccelerate) {
  const envs::MazeLevel level =
      level_of({".......", ".......", ".......", "...m...", ".......", ".......", "......e"});
  const auto task = make_task(heist_config("world_dim: 7"));
  const auto velocity_after = [&](envs::ActionSet actions, int action) {
    envs::MazeState state = task->initial_state(level);
    task->apply_action(state, actions, action);
    return std::pair(state.velocity.x, state.velocity.y);
  };
  const auto v = static_cast<float>(0.9 * 0.375);
  for (int action = 0; action < envs::kProcgenActions; ++action)
    EXPECT_EQ(velocity_after(envs::ActionSet::procgen, action),
              action < 9
                  ? std::pair(v * static_cast<float>(action / 3 - 1), v * static_cast<float>(action % 3 - 1))
                  : std::pair(0.0F, 0.0F))
        << action;
  using Move = envs::Move;
  for (const auto& [move, action] :
       {std::pair(Move::left, kLeft), std::pair(Move::down, kDown), std::pair(Move::up, kUp),
        std::pair(Move::right, kRight), std::pair(Move::noop, kStay)})
    EXPECT_EQ(velocity_after(envs::ActionSet::moves, static_cast<int>(move)),
              velocity_after(envs::ActionSet::procgen, action));
}

// Coasting towards a corner, the axis that moves first decides on which side the mouse passes.
TEST(Heist, ADrawDecidesBetweenEqualSpeeds) {
  const auto task = make_task(heist_config("world_dim: 9"));
  envs::MazeLevel level = level_of({"........e", ".........", ".........", ".........", "....#....",
                                    ".........", ".........", ".m.......", "........."});
  int passed_below = 0, passed_left = 0;
  for (level.seed = 0; level.seed < 40; ++level.seed) {
    SCOPED_TRACE(level.seed);
    envs::MazeState state = task->initial_state(level);
    for (int t = 0; t < 4; ++t) task->apply_action(state, envs::ActionSet::procgen, kRightUp);
    ASSERT_EQ(state.position.x, state.position.y);
    while (state.position.x == state.position.y) {
      ASSERT_LT(state.clock, 20);
      task->apply_action(state, envs::ActionSet::procgen, kStay);
    }
    envs::MazeLevel of_seed;
    envs::Mt19937 rng(0);
    generate_level(9, level.seed, level.size, 9, rng, of_seed);
    uint32_t draw = 0;
    for (int t = 0; t < state.clock; ++t) draw = rng.below(1'000'000);
    EXPECT_EQ(state.position.x > state.position.y, draw % 2 == 0);
    ++(state.position.x > state.position.y ? passed_below : passed_left);
  }
  EXPECT_GT(passed_below, 5);
  EXPECT_GT(passed_left, 5);
}

// Doors are on forks. A level with fewer forks than keys has as many doors as forks.
TEST(Heist, ALevelCanHaveFewerDoorsThanKeys) {
  const std::map<int, std::vector<int32_t>> seeds = {{9, {1, 10, 53}}, {13, {47}}, {23, {46, 47}}};
  for (const auto& [world, of_world] : seeds)
    for (const int32_t seed : of_world) {
      SCOPED_TRACE(testing::Message() << world << " seed " << seed);
      envs::Mt19937 rng(static_cast<uint32_t>(seed));
      for (int i = 0; i < 4; ++i) rng.next();
      const auto difficulty = static_cast<int>(rng.below(static_cast<uint32_t>((world - 3) / 2)));
      const int keys = world == 23 ? static_cast<int>(rng.below(4))
                                   : std::min(difficulty + static_cast<int>(rng.below(2)), kColours);
      const envs::MazeLevel level = make_level(*make_task(heist_config(fmt::format("world_dim: {}", world))),
                                               seed, kSmallestSize + 2 * difficulty);
      const auto doors = std::count_if(level.objects.begin(), level.objects.end(),
                                       [](const envs::LevelObject& object) { return is_door(object.kind); });
      EXPECT_LT(doors, keys);
      EXPECT_EQ(level.objects.size(), static_cast<size_t>(2 * doors + 1))
          << "a key for each door, and the exit";
    }
}

// Opens what can be reached, again and again, and returns whether the exit is reached and no door is left.
bool can_be_finished(const envs::MazeLevel& level) {
  std::vector<uint8_t> seen(level.open.size());
  uint32_t held = 0;
  bool exit = false, grown = true;
  seen[level.index(level.start)] = 1;
  while (grown) {
    grown = false;
    for (size_t i = 0; i < seen.size(); ++i) {
      if (seen[i] == 0) continue;
      for (const envs::Move side : {envs::Move::left, envs::Move::down, envs::Move::up, envs::Move::right}) {
        const Cell cell = neighbour(level.cell(i), side);
        if (!level.is_open(cell) || seen[level.index(cell)] != 0) continue;
        bool closed = false;
        for (const envs::LevelObject& object : level.objects) {
          if (object.cell != cell) continue;
          if (object.kind == kExit) exit = true;
          if (is_key(object.kind)) held |= 1U << (object.kind - key_of(0));
          closed = is_door(object.kind) && (held >> (object.kind - door_of(0)) & 1) == 0;
        }
        if (closed) continue;
        seen[level.index(cell)] = 1;
        grown = true;
      }
    }
  }
  const bool all =
      std::all_of(level.objects.begin(), level.objects.end(),
                  [&](const envs::LevelObject& object) { return seen[level.index(object.cell)] != 0; });
  return exit && all;
}

TEST(Heist, EveryLevelCanBeFinished) {
  for (const int world : {5, 9, 13, 21, 23}) {
    const auto task = make_task(heist_config(fmt::format("world_dim: {}", world)));
    for (const int size : task->sizes())
      for (int32_t seed = 0; seed < 40; ++seed) {
        const envs::MazeLevel level = make_level(*task, seed, size);
        ASSERT_EQ(level.size, size);
        ASSERT_LE(level.origin.x + size, world);
        ASSERT_LE(level.origin.y + size, world);
        ASSERT_TRUE(can_be_finished(level)) << "world " << world << " size " << size << " seed " << seed;
      }
  }
}

TEST(Heist, AnEpisodeHas1000Steps) {
  EXPECT_EQ(envs::EnvironmentConfig("heist").time_limit, 1000);
  EXPECT_EQ(envs::EnvironmentConfig("maze").time_limit, 500);
  EXPECT_EQ(heist_config("time_limit: 70").time_limit, 70);
  envs::TaskEnvironment environment(heist_config("world_dim: 9"), 1);
  environment.reset();
  for (int t = 1; t <= 1000; ++t) {
    const envs::StepResult result = environment.step(kStay);
    ASSERT_EQ(result.truncated, t == 1000);
    ASSERT_FALSE(result.terminated);
  }
}

TEST(Heist, TheMouseStaysInFreeCellsAndItsStatesCanOccur) {
  const auto task = make_task(heist_config("world_dim: 9"));
  RandomStream random(3, "play");
  int finished = 0, doors = 0;
  for (int32_t seed = 0; seed < 60; ++seed) {
    const envs::MazeLevel level = make_level(*task, seed, seed % 2 == 0 ? 5 : 9);
    envs::MazeState state = task->initial_state(level);
    int action = 0;
    for (bool over = false; !over && state.clock < 1000;) {
      if (random.below(4) == 0) action = static_cast<int>(random.below(15));
      over = task->apply_action(state, envs::ActionSet::procgen, action).over;
      ASSERT_TRUE(task->can_occur(state, over));
      ASSERT_TRUE(level.is_open(state.mouse));
      ASSERT_LT(std::max(std::abs(state.velocity.x), std::abs(state.velocity.y)), 0.62F);
      finished += over ? 1 : 0;
    }
    doors += static_cast<int>(task->measures()[1].value(state));
  }
  EXPECT_GT(finished, 20);
  EXPECT_GT(doors, 5);
}

// Continues original and copy with the same actions and compares all that can be seen.
void expect_same_play(envs::TaskEnvironment& original, envs::TaskEnvironment& copy) {
  std::vector<uint8_t> seen(original.observation_shape().bytes()), shown(seen.size());
  RandomStream random(4, "play");
  for (int t = 0; t < 200; ++t) {
    ASSERT_EQ(copy.state().position, original.state().position);
    ASSERT_EQ(copy.state().velocity, original.state().velocity);
    ASSERT_EQ(copy.state().taken, original.state().taken);
    original.observe(seen.data());
    copy.observe(shown.data());
    ASSERT_EQ(shown, seen);
    const int action = static_cast<int>(random.below(15));
    const envs::StepResult one = original.step(action), other = copy.step(action);
    ASSERT_EQ(one.reward, other.reward);
    ASSERT_EQ(one.level_over, other.level_over);
    if (!one.level_over) continue;
    original.reset();
    copy.reset();
  }
}

TEST(Heist, SavedWhileADoorPushesItGoesOnIdentically) {
  const envs::EnvironmentConfig config = heist_config("world_dim: 5");
  envs::TaskEnvironment original(config, 1), restored(config, 2), continued(config, 3);
  begin_on(original, level_of({"##e##", "##.##", "m.A..", "#.###", "#a###"}));
  for (int t = 0; t < 6; ++t) original.step(kRight);
  original.step(kRightUp);
  ASSERT_EQ(original.state().position.x, 2.5F - 0.875F) << "at the door";
  ASSERT_EQ(original.state().velocity.x, 0);
  ByteWriter out;
  original.save(out);
  ByteReader in(out.bytes(), "saved");
  restored.restore(in);
  ASSERT_TRUE(in.at_end());
  continued.reset();
  continued.set_state(original.state(), original.level_choice());
  ByteWriter again;
  continued.save(again);
  EXPECT_EQ(again.bytes(), out.bytes());
  expect_same_play(original, restored);
}

TEST(Heist, ASavedStateOfASeedIsSmallAndHoldsTheMotion) {
  const envs::EnvironmentConfig config = heist_config("world_dim: 13");
  envs::TaskEnvironment original(config, 1), restored(config, 2);
  original.reset();
  for (int t = 0; t < 37; ++t) original.step(t % 3 == 0 ? kStay : t % 9);
  ByteWriter out;
  original.save(out);
  EXPECT_LT(out.bytes().size(), sizeof(envs::Mt19937::State) + 100);
  ByteReader in(out.bytes(), "saved");
  restored.restore(in);
  expect_same_play(original, restored);
}

TEST(Heist, RefusesStatesThatTheRulesNeverLeadTo) {
  const envs::EnvironmentConfig config = heist_config("world_dim: 7");
  const auto task = make_task(config);
  const envs::MazeLevel level = level_of(kCorridor);
  envs::TaskEnvironment environment(config, 1);
  environment.reset();
  const envs::MazeState start = task->initial_state(level);
  const auto message = [&](const envs::MazeState& state) {
    return message_of([&] { environment.set_state(state, environment.level_choice()); });
  };
  EXPECT_NO_THROW(environment.set_state(start, environment.level_choice()));
  envs::MazeState state = start;
  state.taken = 2;
  EXPECT_THAT(message(state), HasSubstr("never lead to it")) << "a door is open, but its key was not taken";
  state = start;
  state.taken = 4;
  EXPECT_THAT(message(state), HasSubstr("never lead to it")) << "the exit was reached";
  state = start;
  state.position.y = 0.9F;
  EXPECT_THAT(message(state), HasSubstr("never lead to it")) << "in the wall";
  state.position = {1.5F, 0.5F};
  EXPECT_THAT(message(state), HasSubstr("never lead to it")) << "in another cell";
  envs::MazeLevel twice = level;
  twice.objects[1].kind = twice.objects[0].kind;
  state = task->initial_state(twice);
  EXPECT_THAT(message(state), HasSubstr("never lead to it")) << "two keys of one colour";
  twice.objects.clear();
  state = task->initial_state(twice);
  EXPECT_THAT(message(state), HasSubstr("never lead to it")) << "no exit";
}

TEST(Heist, BytesOfHostileStatesAreRefused) {
  const envs::EnvironmentConfig config = heist_config("world_dim: 9");
  envs::TaskEnvironment environment(config, 1);
  environment.reset();
  ByteWriter out;
  environment.write_state(out, true);
  const auto observer = envs::make_state_observer(config);
  std::vector<uint8_t> seen(environment.observation_shape().bytes());
  int refused = 0;
  for (size_t at = 0; at < out.bytes().size(); ++at)
    for (const uint8_t mask : {1, 64, 128, 255}) {
      std::string bytes(out.bytes());
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      ByteReader in(bytes, "state");
      try {
        observer->read_state(in);
        observer->observe(seen.data());
      } catch (const UserError&) {
        ++refused;
      }
    }
  EXPECT_GT(refused, static_cast<int>(out.bytes().size()));
}

TEST(Heist, PlanesShowMouseThingsAndVelocity) {
  const auto task = make_task(heist_config("world_dim: 7"));
  const envs::MazeLevel level = level_of(kCorridor);
  envs::MazeState state = task->initial_state(level);
  constexpr size_t kPlane = 49, kPlanes = 14;
  std::vector<uint8_t> seen(task->observation_shape().bytes(), 9);
  ASSERT_EQ(seen.size(), kPlanes * kPlane);
  EXPECT_EQ(task->observation_shape().input_scale, 1 / 255.0);
  const auto bottom_row = [&](size_t plane) {
    return std::vector<int>(seen.begin() + static_cast<int>(plane * kPlane + 42),
                            seen.begin() + static_cast<int>(plane * kPlane + 49));
  };
  const auto everywhere = [&](size_t plane, int value) {
    return std::all_of(seen.begin() + static_cast<int>(plane * kPlane),
                       seen.begin() + static_cast<int>((plane + 1) * kPlane),
                       [value](uint8_t byte) { return byte == value; });
  };
  task->observe(state, seen.data());
  EXPECT_THAT(bottom_row(0), testing::Each(255)) << "free cells";
  EXPECT_THAT(bottom_row(1), ElementsAre(255, 0, 0, 0, 0, 0, 0)) << "the mouse";
  EXPECT_THAT(bottom_row(2), ElementsAre(0, 255, 0, 0, 0, 0, 0)) << "the first key";
  EXPECT_THAT(bottom_row(5), ElementsAre(0, 0, 255, 0, 0, 0, 0)) << "its door";
  EXPECT_THAT(bottom_row(8), ElementsAre(0, 0, 0, 0, 255, 0, 0)) << "the exit";
  for (const size_t plane : {3, 4, 6, 7, 9, 10, 11}) EXPECT_TRUE(everywhere(plane, 0)) << plane;
  EXPECT_TRUE(everywhere(12, 128) && everywhere(13, 128)) << "at rest";

  state.position = {1.25F, 0.5F};
  state.velocity = {0.5F, -0.25F};
  task->observe(state, seen.data());
  EXPECT_THAT(bottom_row(1), ElementsAre(64, 191, 0, 0, 0, 0, 0)) << "a quarter and three quarters";
  EXPECT_TRUE(everywhere(12, 128 + 96) && everywhere(13, 128 - 48));
  state.position = {0.75F, 0.75F};
  task->observe(state, seen.data());
  EXPECT_EQ(seen[kPlane + 42] + seen[kPlane + 43] + seen[kPlane + 35] + seen[kPlane + 36], 255);

  state.taken = 3;
  task->observe(state, seen.data());
  EXPECT_TRUE(everywhere(2, 0) && everywhere(5, 0)) << "key and door are gone";
  EXPECT_TRUE(everywhere(9, 255)) << "the key is held";
  state.taken = 7;
  task->observe(state, seen.data());
  EXPECT_TRUE(everywhere(8, 0)) << "the exit was reached";
}

TEST(Heist, MeasuresCountKeysAndDoors) {
  const auto task = make_task(heist_config("world_dim: 7"));
  const envs::MazeLevel level =
      level_of({"#######", "#######", "#######", "#######", "#######", "#######", "mabABe."});
  envs::MazeState state = task->initial_state(level);
  const std::vector<envs::Measure> measures = task->measures();
  ASSERT_EQ(measures.size(), 2U);
  state.taken = 0b10111;  // both keys, the first door, the exit
  EXPECT_EQ(measures[0].name, "keys_taken");
  EXPECT_EQ(measures[0].value(state), 2);
  EXPECT_EQ(measures[1].name, "doors_opened");
  EXPECT_EQ(measures[1].value(state), 1);
  ASSERT_EQ(task->goal_likes(state).size(), 1U);
  EXPECT_EQ(task->goal_likes(state).front().cell, (Cell{5, 0}));
}

TEST(Heist, HasNoGraphOfStates) {
  const auto task = make_task(heist_config("world_dim: 7"));
  const envs::MazeLevel level = make_level(*task, 1, 7);
  const std::string message = message_of([&] { reachable_states(*task, task->initial_state(level), false); });
  EXPECT_THAT(message, HasSubstr("moves by parts of a cell"));
  EXPECT_THAT(message, HasSubstr("train.advantages: sampled"));
}

TEST(Heist, RefusesWhatItCannotHave) {
  EXPECT_THAT(message_of([] { make_task(heist_config("world_dim: 8")); }),
              HasSubstr("environment.world_dim: 8"));
  EXPECT_THAT(message_of([] { heist_config("world_dim: 3"); }), HasSubstr("'world_dim' is 3"));
}

}  // namespace
}  // namespace mazescan::heist
