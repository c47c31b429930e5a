#include "envs/keys_and_chests/keys_and_chests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "envs/keys_and_chests/tour.h"
#include "envs/paths.h"
#include "envs/state_graph.h"
#include "envs/task_environment.h"
#include "tests/envs/message_of.h"

namespace mazescan::keys_and_chests {
namespace {

using envs::Cell;
using envs::Move;
using testing::ElementsAre;
using testing::HasSubstr;

envs::EnvironmentConfig keys_config(const std::string& keys) {
  return parse_config<envs::EnvironmentConfig>("{name: keys_and_chests, anchor: bottom_left, " + keys + "}",
                                               "test");
}

envs::MazeLevel drawn_level(const envs::Task& task, int32_t seed) {
  envs::MazeLevel level;
  envs::Mt19937 rng(0);
  task.make_level(seed, 0, task.sizes().back(), rng, level);
  return level;
}

// Makes a level of size 5 from a drawing, top row first: # wall, m start, k key, c chest. Objects are numbered
// from the bottom left, row by row.
envs::MazeLevel level_of(const std::vector<std::string>& rows) {
  envs::MazeLevel level;
  level.size = level.world_dim = static_cast<int>(rows.size());
  level.cheese = envs::kNoCell;
  for (int16_t y = 0; y < level.size; ++y)
    for (int16_t x = 0; x < level.size; ++x) {
      const char what = rows[static_cast<size_t>(level.size - 1 - y)][static_cast<size_t>(x)];
      level.open.push_back(what == '#' ? 0 : 1);
      if (what == 'm') level.start = {x, y};
      if (what == 'k' || what == 'c')
        level.objects.push_back({static_cast<uint8_t>(what == 'k' ? kKey : kChest), {x, y}});
    }
  return level;
}

// Plays moves, written l d u r, and returns for each '.', a reward '+', or the end '!'.
std::string played_moves(const envs::Task& task, envs::MazeState& state, const std::string& moves) {
  std::string results;
  for (const char letter : moves) {
    const envs::MoveResult result =
        task.apply_move(state, static_cast<Move>(std::string("ldur").find(letter)));
    EXPECT_EQ(result.rewards, result.over || result.rewards == 1 ? 1 : 0);
    results += result.over ? '!' : result.rewards > 0 ? '+' : '.';
  }
  return results;
}

std::string played_moves(const envs::MazeLevel& level, const std::string& moves) {
  const auto task = make_task(keys_config(fmt::format("world_dim: {}", level.size)));
  envs::MazeState state = task->initial_state(level);
  return played_moves(*task, state, moves);
}

// The reference levels are those of the heist of procgen, whose generator makes the same draws up to the
// walls: sizes and walls are equal, and the number of keys is that of pairs here, less one and capped at 3.
TEST(KeysAndChests, SizeWallsAndNumberOfKeysAreThoseOfHeist) {
  const char* const set = std::getenv("MAZESCAN_HEIST");
  const std::string folder = set != nullptr ? set : MAZESCAN_SOURCE_DIR "/../shared/heist";
  std::ifstream file(folder + "/levels.json");
  if (!file)
    GTEST_SKIP() << folder
                 << " has no levels.json (set MAZESCAN_HEIST): levels are NOT COMPARED with heist's";
  const nlohmann::json modes = nlohmann::json::parse(file);
  int compared = 0;
  for (const auto& [mode, world_dim] :
       std::map<std::string, int>{{"easy", 9}, {"hard", 13}, {"memory", 23}}) {
    const auto task = make_task(keys_config(fmt::format("world_dim: {}, objects: many_chests", world_dim)));
    for (const nlohmann::json& golden : modes.at(mode)) {
      SCOPED_TRACE(testing::Message() << mode << " seed " << golden.at("seed"));
      const envs::MazeLevel level = drawn_level(*task, golden.at("seed").get<int32_t>());
      ASSERT_EQ(level.size, golden.at("maze_dim").get<int>());
      const auto rows = golden.at("rows_top_first").get<std::vector<std::string>>();
      const int left = golden.at("offset")[0], bottom = golden.at("offset")[1];
      for (int y = 0; y < level.size; ++y)
        for (int x = 0; x < level.size; ++x)
          ASSERT_EQ(
              level.is_open(x, y),
              rows[rows.size() - 1 - static_cast<size_t>(bottom + y)][static_cast<size_t>(left + x)] != '#');
      const int pairs = tally_of(level, 0).keys;
      EXPECT_EQ(std::min(pairs - 1, 3), golden.at("num_keys").get<int>());
      ++compared;
    }
  }
  EXPECT_EQ(compared, 123);
}

TEST(KeysAndChests, ObjectsAndStartAreOnDifferentCellsOfAPath) {
  for (const int world_dim : {9, 13, 21, 23}) {
    const auto chests = make_task(keys_config(fmt::format("world_dim: {}", world_dim))),
               keys = make_task(keys_config(fmt::format("world_dim: {}, objects: many_keys", world_dim)));
    int most = 0;
    for (int32_t seed = 0; seed < 300; ++seed) {
      const envs::MazeLevel level = drawn_level(*chests, seed), other = drawn_level(*keys, seed);
      const Tally tally = tally_of(level, 0);
      EXPECT_EQ(tally.chests, 2 * tally.keys);
      EXPECT_EQ(tally_of(other, 0).keys, tally.chests);
      EXPECT_EQ(tally_of(other, 0).chests, tally.keys);
      most = std::max(most, tally.keys);
      std::vector<Cell> cells = {level.start};
      for (size_t i = 0; i < level.objects.size(); ++i) {
        cells.push_back(level.objects[i].cell);
        EXPECT_EQ(other.objects[i].cell, level.objects[i].cell) << "both kinds of levels use the same cells";
        EXPECT_EQ(level.objects[i].kind, static_cast<int>(i) < tally.chests ? kChest : kKey);
      }
      EXPECT_EQ(other.open, level.open);
      EXPECT_EQ(other.start, level.start);
      for (size_t i = 0; i < cells.size(); ++i) {
        EXPECT_TRUE(level.is_open(cells[i]));
        for (size_t j = 0; j < i; ++j) EXPECT_NE(cells[i], cells[j]);
      }
    }
    const std::map<int, int> expected = {{9, 4}, {13, 6}, {21, 10}, {23, 4}};
    EXPECT_EQ(most, expected.at(world_dim));
  }
}

// Cells of a separate implementation of the published rule, in Python. It shares the code up to the walls, and
// that of the forks and the start, with an implementation of heist that equals all reference levels.
TEST(KeysAndChests, CellsAreThoseOfASeparateImplementation) {
  const struct {
    int world_dim, seed, size;
    Cell start;
    std::vector<Cell> objects;
  } golden[] = {
      {9, 0, 7, {4, 4}, {{1, 2}, {6, 3}, {0, 4}, {3, 4}, {0, 3}, {0, 2}, {2, 2}, {3, 6}, {2, 6}}},
      {9, 1, 7, {2, 3}, {{6, 2}, {3, 2}, {5, 4}, {3, 0}, {1, 0}, {2, 0}, {6, 0}, {0, 5}, {2, 4}}},
      {9,
       2,
       9,
       {0, 2},
       {{8, 5}, {2, 0}, {6, 7}, {0, 0}, {3, 0}, {8, 2}, {1, 4}, {4, 8}, {5, 8}, {7, 8}, {2, 1}, {2, 6}}},
      {9, 3, 7, {5, 6}, {{2, 0}, {2, 5}, {5, 0}, {6, 1}, {4, 0}, {2, 1}}},
      {13,
       0,
       11,
       {10, 10},
       {{7, 10},
        {1, 8},
        {6, 3},
        {4, 0},
        {2, 4},
        {10, 1},
        {8, 4},
        {4, 6},
        {4, 5},
        {3, 8},
        {1, 4},
        {0, 8},
        {3, 6},
        {1, 2},
        {1, 10}}},
      {13,
       1,
       11,
       {2, 10},
       {{7, 8},
        {8, 8},
        {7, 10},
        {6, 2},
        {4, 8},
        {10, 6},
        {8, 1},
        {10, 8},
        {1, 10},
        {6, 5},
        {2, 4},
        {7, 2},
        {8, 7},
        {1, 8},
        {8, 6}}},
      {23,
       0,
       11,
       {10, 5},
       {{7, 10}, {1, 8}, {6, 3}, {4, 0}, {2, 4}, {10, 1}, {8, 4}, {4, 6}, {4, 5}, {3, 8}, {1, 4}, {0, 8}}},
  };
  for (const auto& expected : golden) {
    SCOPED_TRACE(testing::Message() << "world " << expected.world_dim << " seed " << expected.seed);
    const auto task = make_task(keys_config(fmt::format("world_dim: {}", expected.world_dim)));
    const envs::MazeLevel level = drawn_level(*task, expected.seed);
    EXPECT_EQ(level.size, expected.size);
    EXPECT_EQ(level.start, expected.start);
    std::vector<Cell> cells;
    for (const envs::LevelObject& object : level.objects) cells.push_back(object.cell);
    EXPECT_EQ(cells, expected.objects);
  }
}

TEST(KeysAndChests, ASizeCanBeAskedFor) {
  const auto task = make_task(keys_config("world_dim: 9"));
  for (const int size : task->sizes()) {
    const envs::MazeLevel level = make_level(*task, 0, size);
    EXPECT_EQ(level.size, size);
    const int pairs = tally_of(level, 0).keys;
    EXPECT_TRUE(pairs == (size - 3) / 2 || pairs == (size - 1) / 2) << pairs;
  }
}

TEST(KeysAndChests, APlacementTurnsSomeKeysIntoChests) {
  const auto task = make_task(keys_config("world_dim: 7"));
  EXPECT_THAT(task->placements(), ElementsAre("many_chests", "many_keys"));
  RandomStream random(1, "placement");
  for (int32_t seed = 0; seed < 50; ++seed) {
    const envs::MazeLevel in_training = make_level(*task, seed, 7);
    envs::MazeLevel level = in_training;
    ASSERT_TRUE(task->place_goal(level, "many_keys", random));
    EXPECT_EQ(level.open, in_training.open);
    EXPECT_EQ(level.start, in_training.start);
    EXPECT_EQ(tally_of(level, 0).keys, 2 * tally_of(level, 0).chests);
    ASSERT_TRUE(task->place_goal(level, "many_chests", random));
    EXPECT_EQ(tally_of(level, 0).keys, tally_of(in_training, 0).keys);
  }
}

TEST(KeysAndChests, AKeyOpensOneChest) {
  const envs::MazeLevel level = level_of({"#####",  //
                                          "#####",  //
                                          "#####",  //
                                          "#####",  //
                                          "mckcc"});
  EXPECT_EQ(played_moves(level, "rr"), "..") << "a chest without a key stays closed, a key gives nothing";
  EXPECT_EQ(played_moves(level, "rrr"), "..!") << "one key: one chest can be opened";
  EXPECT_EQ(played_moves(level, "rrl"), "..!") << "the chest that was closed before";
}

TEST(KeysAndChests, EndsWhenAsManyChestsAreOpenAsThereAreKeysOrChests) {
  EXPECT_EQ(played_moves(level_of({"#####", "#####", "#####", "#####", "mkkcc"}), "rrrr"), "..+!");
  EXPECT_EQ(played_moves(level_of({"####k", "####k", "####k", "####c", "mkkcc"}), "rrrruuuu"), "..++....")
      << "the third chest needs a third key";
  EXPECT_EQ(played_moves(level_of({"####k", "####k", "####k", "####c", "mkkcc"}), "rrrruud"), "..++..!")
      << "and is behind";
  EXPECT_EQ(played_moves(level_of({"#####", "#####", "#####", "#####", "mkkkc"}), "rrrr"), "...!");
}

TEST(KeysAndChests, OnOneCellTheKeyComesBeforeTheChest) {
  envs::MazeLevel level = level_of({"#####", "#####", "#####", "#####", "mc..."});
  level.objects.push_back({kKey, {1, 0}});
  EXPECT_EQ(played_moves(level, "r"), "!");
}

TEST(KeysAndChests, PlanesShowWhatIsLeftAndWhatIsHeld) {
  const auto task = make_task(keys_config("world_dim: 5"));
  const envs::MazeLevel level = level_of({"#####", "#####", "#####", "#####", "mkkcc"});
  envs::MazeState state = task->initial_state(level);
  std::vector<uint8_t> seen(task->observation_shape().bytes(), 9);
  ASSERT_EQ(seen.size(), 5U * 25U);
  const auto marked = [&](size_t plane) {  // the marked cells, row by row from the top
    std::vector<int> cells;
    for (int i = 0; i < 25; ++i)
      if (seen[plane * 25 + static_cast<size_t>(i)] != 0) cells.push_back(i);
    return cells;
  };
  task->observe(state, seen.data());
  EXPECT_THAT(marked(0), ElementsAre(20, 21, 22, 23, 24));
  EXPECT_THAT(marked(1), ElementsAre(20));
  EXPECT_THAT(marked(2), ElementsAre(21, 22));
  EXPECT_THAT(marked(3), ElementsAre(23, 24));
  EXPECT_THAT(marked(4), ElementsAre());
  played_moves(*task, state, "rr");
  task->observe(state, seen.data());
  EXPECT_THAT(marked(2), ElementsAre());
  EXPECT_THAT(marked(4), ElementsAre(0, 1)) << "two keys are held";
  played_moves(*task, state, "r");
  task->observe(state, seen.data());
  EXPECT_THAT(marked(3), ElementsAre(24));
  EXPECT_THAT(marked(4), ElementsAre(0)) << "one of them was used";
}

// Returns the steps of the shortest episode by breadth-first search over all states; -1 if there is none.
int searched_steps(const envs::Task& task, const envs::MazeLevel& level) {
  const envs::StateGraph graph = reachable_states(task, task.initial_state(level), false);
  return moves_to_goal(graph).front();
}

TEST(KeysAndChests, TheShortestTourIsThatOfASearchOverAllStates) {
  for (const char* const objects : {"many_chests", "many_keys"}) {
    const auto task = make_task(keys_config(fmt::format("world_dim: 7, objects: {}", objects)));
    for (int32_t seed = 0; seed < 200; ++seed) {
      const envs::MazeLevel level = drawn_level(*task, seed);
      ASSERT_EQ(shortest_tour(level), searched_steps(*task, level)) << objects << " seed " << seed;
      ASSERT_EQ(task->optimal_steps(task->initial_state(level)), shortest_tour(level));
      ASSERT_GT(shortest_tour(level), 0);
    }
  }
  EXPECT_EQ(shortest_tour(level_of({"#####", "#####", "#####", "#####", "mckcc"})), 3);
  EXPECT_EQ(shortest_tour(level_of({"#####", "#####", "#####", "#####", "m#kc."})), -1) << "out of reach";
  const auto hard = make_task(keys_config("world_dim: 13"));
  int unknown = 0;
  for (int32_t seed = 0; seed < 50; ++seed) {
    const envs::MazeLevel level = drawn_level(*hard, seed);
    const bool too_many = level.objects.size() > kMaxTourObjects;
    unknown += too_many ? 1 : 0;
    EXPECT_EQ(shortest_tour(level) < 0, too_many);
  }
  EXPECT_GT(unknown, 0);
}

TEST(KeysAndChests, AStateOfTheGraphIsACellAndWhatIsGone) {
  const auto task = make_task(keys_config("world_dim: 5"));
  const envs::MazeLevel level = level_of({"#####", "#####", "#####", "#####", "mkc.c"});
  const envs::StateGraph graph = reachable_states(*task, task->initial_state(level), false);
  EXPECT_EQ(graph.states.size(), 3U) << "the start; the key's cell and the start with the key";
  EXPECT_EQ(moves_to_goal(graph).front(), 2);
  for (size_t s = 0; s < graph.states.size(); ++s)
    for (size_t m = 0; m < envs::kMoves; ++m)
      EXPECT_EQ(graph.rewards[s][m], graph.next[s][m] == graph.goal() ? 1 : 0);
}

// Plays random moves until the mouse holds a key.
void play_until_a_key_is_held(envs::TaskEnvironment& environment) {
  RandomStream random(3, "play");
  environment.reset();
  for (;;) {
    if (environment.step(static_cast<int>(random.below(5))).level_over) environment.reset();
    const envs::MazeState& state = environment.state();
    if (tally_of(*state.level, state.taken).held() > 0) return;
  }
}

TEST(KeysAndChests, ASavedStateHoldsTheInventory) {
  const envs::EnvironmentConfig config = keys_config("world_dim: 7, objects: many_keys, actions: moves");
  envs::TaskEnvironment original(config, 1), restored(config, 2), continued(config, 3);
  play_until_a_key_is_held(original);
  ByteWriter out;
  original.save(out);
  ByteReader in(out.bytes(), "saved");
  restored.restore(in);
  continued.reset();
  continued.set_state(original.state(), original.level_choice());
  std::vector<uint8_t> seen(original.observation_shape().bytes()), shown(seen.size());
  original.observe(seen.data());
  for (envs::TaskEnvironment* const copy : {&restored, &continued}) {
    EXPECT_EQ(copy->state().taken, original.state().taken);
    EXPECT_EQ(copy->episode().optimal, original.episode().optimal);
    copy->observe(shown.data());
    EXPECT_EQ(shown, seen);
  }
  // A level that no seed made is saved whole.
  ByteWriter own;
  continued.save(own);
  ByteReader own_in(own.bytes(), "saved");
  restored.restore(own_in);
  EXPECT_EQ(restored.state().level->objects.size(), original.state().level->objects.size());
  EXPECT_EQ(restored.episode().optimal, original.episode().optimal);
  envs::TaskEnvironment many_chests(keys_config("world_dim: 7, actions: moves"), 2);
  ByteReader again(out.bytes(), "saved");
  EXPECT_THAT(message_of([&] { many_chests.restore(again); }),
              HasSubstr("another environment configuration"));
}

TEST(KeysAndChests, RefusesStatesThatTheRulesNeverLeadTo) {
  const envs::EnvironmentConfig config = keys_config("world_dim: 7, actions: moves");
  const auto task = make_task(config);
  const envs::MazeLevel level = make_level(*task, 5, 7);
  envs::TaskEnvironment environment(config, 1);
  environment.reset();
  envs::MazeState state = task->initial_state(level);
  EXPECT_NO_THROW(environment.set_state(state, environment.level_choice()));
  state.taken = 1;  // a chest is open, but no key was taken
  EXPECT_THAT(message_of([&] { environment.set_state(state, environment.level_choice()); }),
              HasSubstr("never lead to it"));
  state.taken = 0;
  state.cheese = state.mouse;
  EXPECT_THAT(message_of([&] { environment.set_state(state, environment.level_choice()); }),
              HasSubstr("never lead to it"));
}

TEST(KeysAndChests, EveryChestGivesTheReward) {
  envs::EnvironmentConfig config = keys_config("world_dim: 7, objects: many_keys, actions: moves, reward: 2");
  config.time_limit = 4000;
  envs::TaskEnvironment environment(config, 1);
  RandomStream random(3, "play");
  int finished = 0;
  for (int episode = 0; episode < 20; ++episode) {
    environment.reset();
    const Tally level = tally_of(*environment.state().level, 0);
    double reward = 0;
    envs::StepResult result;
    while (!result.level_over) {
      result = environment.step(static_cast<int>(random.below(5)));
      reward += result.reward;
    }
    const Tally end = tally_of(*environment.state().level, environment.state().taken);
    EXPECT_EQ(reward, 2 * end.chests_opened);
    EXPECT_EQ(result.terminated, end.chests_opened == level.needed());
    finished += result.terminated ? 1 : 0;
  }
  EXPECT_GT(finished, 10);
}

TEST(KeysAndChests, RefusesWhatItCannotHave) {
  EXPECT_THAT(message_of([] { make_task(keys_config("world_dim: 8")); }),
              HasSubstr("environment.world_dim: 8"));
  EXPECT_THAT(message_of([] { keys_config("world_dim: 3"); }), HasSubstr("'world_dim' is 3"));
  EXPECT_THAT(message_of([] { keys_config("objects: many"); }), HasSubstr("many"));
}

}  // namespace
}  // namespace mazescan::keys_and_chests
