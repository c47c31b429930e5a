#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "envs/heist/level.h"
#include "envs/heist/physics.h"
#include "envs/task_environment.h"
#include "tests/envs/heist/sample_heist.h"

// heist against recordings of the original.
namespace mazescan::heist {
namespace {

// Reads a file of recordings of the original program. Null if there is none: then the test must be skipped.
nlohmann::json reference(const std::string& name) {
  const char* const set = std::getenv("MAZESCAN_HEIST");
  const std::string path = (set != nullptr ? set : MAZESCAN_SOURCE_DIR "/../shared/heist") + ("/" + name);
  std::ifstream file(path);
  return file ? nlohmann::json::parse(file) : nlohmann::json();
}
#define SKIP_WITHOUT(recording, name)      \
  if ((recording).is_null())               \
  GTEST_SKIP() << "there is no " << (name) \
               << " (MAZESCAN_HEIST names its folder): heist is NOT COMPARED with the original"

// The original's numbers of kinds of things.
uint8_t kind_of(const nlohmann::json& entity) {
  constexpr int kOriginalDoor = 1, kOriginalKey = 2;
  const int type = entity[0], colour = entity[1];
  return type == kOriginalDoor ? door_of(colour) : type == kOriginalKey ? key_of(colour) : kExit;
}

bool is_object(const nlohmann::json& entity) {
  constexpr int kOriginalMouse = 0, kOriginalRing = 11;
  return entity[0] != kOriginalMouse && entity[0] != kOriginalRing;
}

void expect_level(const envs::MazeLevel& level, const nlohmann::json& golden) {
  ASSERT_EQ(level.size, golden.at("maze_dim").get<int>());
  ASSERT_EQ(level.origin.x, golden.at("offset")[0].get<int>());
  ASSERT_EQ(level.origin.y, golden.at("offset")[1].get<int>());
  EXPECT_EQ(level.origin.x + level.start.x, golden.at("agent")[0].get<int>());
  EXPECT_EQ(level.origin.y + level.start.y, golden.at("agent")[1].get<int>());
  const auto rows = golden.at("rows_top_first").get<std::vector<std::string>>();
  for (int y = 0; y < level.world_dim; ++y)
    for (int x = 0; x < level.world_dim; ++x)
      ASSERT_EQ(level.is_open(x - level.origin.x, y - level.origin.y),
                rows[rows.size() - 1 - static_cast<size_t>(y)][static_cast<size_t>(x)] != '#')
          << x << ", " << y;
  size_t at = 0;
  for (const nlohmann::json& entity : golden.at("original_entities")) {
    if (!is_object(entity)) continue;
    ASSERT_LT(at, level.objects.size());
    const envs::LevelObject& object = level.objects[at++];
    EXPECT_EQ(object.kind, kind_of(entity));
    EXPECT_EQ(object.centre.x, entity[2].get<float>());
    EXPECT_EQ(object.centre.y, entity[3].get<float>());
    EXPECT_EQ(object.cell.x, static_cast<int>(object.centre.x) - level.origin.x);
    EXPECT_EQ(object.cell.y, static_cast<int>(object.centre.y) - level.origin.y);
  }
  EXPECT_EQ(at, level.objects.size());
}

TEST(HeistGolden, LevelsAreThoseOfTheOriginal) {
  const nlohmann::json modes = reference("levels.json");
  SKIP_WITHOUT(modes, "levels.json");
  int compared = 0;
  for (const auto& [mode, world] : kWorlds)
    for (const nlohmann::json& golden : modes.at(mode)) {
      SCOPED_TRACE(testing::Message() << mode << " seed " << golden.at("seed"));
      envs::MazeLevel level;
      envs::Mt19937 rng(0);
      generate_level(world, golden.at("seed").get<int32_t>(), 0, world, rng, level);
      expect_level(level, golden);
      EXPECT_EQ(rng.state().position, golden.at("draws").get<uint32_t>() % envs::Mt19937::kWords);
      ++compared;
    }
  EXPECT_EQ(compared, 123);
}

TEST(HeistGolden, StepsAreThoseOfTheOriginal) {
  const nlohmann::json rollouts = reference("rollouts.json");
  SKIP_WITHOUT(rollouts, "rollouts.json");
  int compared = 0, keys_taken = 0;
  for (const nlohmann::json& golden : rollouts) {
    SCOPED_TRACE(testing::Message() << golden.at("mode") << " seed " << golden.at("seed"));
    envs::TaskEnvironment environment(
        heist_config(fmt::format("world_dim: {}, levels: 1, start_level: {}", kWorlds.at(golden.at("mode")),
                                 golden.at("seed").get<int>())),
        0);
    environment.reset();
    const auto actions = golden.at("actions").get<std::vector<int>>();
    for (size_t t = 0; t < actions.size(); ++t) {
      const envs::StepResult result = environment.step(actions[t]);
      EXPECT_EQ(result.reward, golden.at("reward")[t].get<float>());
      ASSERT_EQ(result.level_over, golden.at("first")[t].get<bool>());
      if (result.level_over) environment.reset();
      const envs::MazeState& state = environment.state();
      ASSERT_EQ(state.position.x, golden.at("x")[t].get<float>()) << "step " << t;
      ASSERT_EQ(state.position.y, golden.at("y")[t].get<float>()) << "step " << t;
      ASSERT_EQ(state.velocity.x, golden.at("vx")[t].get<float>()) << "step " << t;
      ASSERT_EQ(state.velocity.y, golden.at("vy")[t].get<float>()) << "step " << t;
      const nlohmann::json& ring = golden.at("has_keys")[t];
      int held = 0;
      for (int colour = 0; colour < static_cast<int>(ring.size()); ++colour) {
        EXPECT_EQ(holds_key(state, colour), ring[static_cast<size_t>(colour)].get<int>() != 0)
            << "step " << t;
        held += ring[static_cast<size_t>(colour)].get<int>();
      }
      keys_taken = std::max(keys_taken, held);
      const size_t gone = static_cast<size_t>(__builtin_popcount(state.taken));
      EXPECT_EQ(1 + state.level->objects.size() - gone + ring.size(), golden.at("entities")[t].get<size_t>());
      ++compared;
    }
  }
  EXPECT_EQ(compared, 1200);
  EXPECT_GT(keys_taken, 0);
}
}  // namespace
}  // namespace mazescan::heist
