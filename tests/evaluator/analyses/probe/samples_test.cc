#include "evaluator/analyses/probe/samples.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/random.h"
#include "envs/maze/level.h"
#include "envs/maze/placement.h"
#include "envs/paths.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::probe {
namespace {

// Returns the tables of levels with the mouse on the start and on the decision square, where it moves towards
// the cheese if `seeks`, otherwise towards the corner.
datasets::ActivationShard tables(int size, int levels, bool seeks) {
  datasets::ActivationShard shard;
  shard.unit.size = size;
  maze::LevelOptions options;
  options.world_dim = 9;
  for (int32_t seed = 0; seed < levels; ++seed) {
    envs::MazeLevel level = maze::generate_level(options, seed, size);
    RandomStream random(1, "cheese", static_cast<uint64_t>(seed));
    level.cheese = maze::place_cheese(level, "uniform", 0, random);
    const envs::Cell decision = envs::decision_square(level, level.cheese);
    shard.levels.level_seed.push_back(seed);
    shard.levels.open.insert(shard.levels.open.end(), level.open.begin(), level.open.end());
    shard.levels.cheese.insert(shard.levels.cheese.end(), {level.cheese.x, level.cheese.y});
    shard.levels.decision.insert(shard.levels.decision.end(), {decision.x, decision.y});
    for (const envs::Cell mouse : {envs::kStart, decision}) {
      if (mouse == envs::kNoCell) continue;
      datasets::SampleKeys& keys = shard.samples;
      keys.level_seed.push_back(seed);
      keys.mouse.insert(keys.mouse.end(), {mouse.x, mouse.y});
      keys.mirrored.push_back(0);
      keys.cheese.insert(keys.cheese.end(), {level.cheese.x, level.cheese.y});
      const envs::Cell target = seeks ? level.cheese : level.top_right();
      const envs::Move best = envs::optimal_policy(level, target)[level.index(mouse)];
      for (int m = 0; m < envs::kMoves; ++m)
        keys.probability.push_back(static_cast<envs::Move>(m) == best ? 0.6F : 0.1F);
      keys.success.push_back(static_cast<int16_t>(seed % 2));
    }
  }
  return shard;
}

ProbeSamples split_samples(int size, int levels, bool seeks = true) {
  ProbeSamples samples;
  add_samples(samples, tables(size, levels, seeks));
  split(samples, 1);
  return samples;
}

std::vector<envs::MazeLevel> world_levels_of(const ProbeSamples& samples) {
  std::vector<envs::MazeLevel> levels;
  for (const auto& level : samples.levels) levels.push_back(level.maze);
  return levels;
}

TEST(Split, NeverSharesALayout) {
  for (const int size : {5, 7, 9}) {
    const ProbeSamples samples = split_samples(size, 1500);
    std::map<std::vector<uint8_t>, std::set<datasets::Split>> splits;
    std::map<datasets::Split, int> levels;
    for (const auto& level : samples.levels) {
      splits[level.maze.open].insert(level.split);
      ++levels[level.split];
    }
    for (const auto& [walls, of] : splits) EXPECT_EQ(of.size(), 1U);
    EXPECT_EQ(static_cast<int64_t>(splits.size()), samples.layouts);
    EXPECT_NEAR(levels[datasets::Split::train] / 1500.0, 0.7, 0.12);
    EXPECT_GT(levels[datasets::Split::validation], 80);
    EXPECT_GT(levels[datasets::Split::test], 80);
    EXPECT_TRUE(samples.is_split());
  }
}

TEST(Split, OfFewLayoutsIsNone) {
  const ProbeSamples samples = split_samples(3, 300);
  EXPECT_EQ(samples.layouts, 4);
  EXPECT_LE(samples.mazes, 4 * 6);
  EXPECT_FALSE(samples.is_split());
  for (int64_t i = 0; i < samples.count(); ++i)
    EXPECT_TRUE(samples.in(datasets::Split::train, i) && samples.in(datasets::Split::validation, i) &&
                samples.in(datasets::Split::test, i));
}

TEST(ProbeTargets, AreWhatTheStatesSay) {
  for (const bool seeks : {true, false}) {
    const ProbeSamples samples = split_samples(7, 400, seeks);
    const auto targets = probe_targets(samples, world_levels_of(samples), 1);
    const CellClasses cells(7);
    EXPECT_EQ(cells.count(), 49 - 9);
    int decided = 0, shuffled_right = 0;
    for (int64_t i = 0; i < samples.count(); ++i) {
      const auto s = static_cast<size_t>(i);
      const auto& level = samples.level_of(i);
      EXPECT_EQ(cells.cell(targets[0].label[s]), level.maze.cheese);
      EXPECT_EQ(cells.cell(targets[1].label[s]), samples.mouse[s]);
      const envs::Cell goal = seeks ? level.maze.cheese : level.maze.top_right();
      EXPECT_EQ(targets[2].label[s],
                static_cast<int>(envs::optimal_policy(level.maze, goal)[level.maze.index(samples.mouse[s])]));
      EXPECT_EQ(targets[3].label[s] >= 0, samples.mouse[s] == level.decision);
      if (targets[3].label[s] >= 0) {
        EXPECT_EQ(targets[3].label[s], seeks ? 1 : 0);
        ++decided;
      }
      EXPECT_EQ(targets[4].label[s], level.maze.seed % 2);
      shuffled_right += targets[5].label[s] == targets[0].label[s] ? 1 : 0;
    }
    EXPECT_GT(decided, 100);
    EXPECT_LT(shuffled_right, samples.count() / 8);
  }
}

// With a decoy in the top-right corner, the targets are those without one, and its cell.
TEST(ProbeTargets, OfADecoyAreItsCell) {
  const ProbeSamples samples = split_samples(7, 200);
  std::vector<envs::MazeLevel> levels = world_levels_of(samples);
  auto expected = probe_targets(samples, levels, 1);
  for (size_t l = 0; l < levels.size(); ++l)
    levels[l].decoy = l % 2 == 0 ? levels[l].top_right() : envs::kNoCell;
  const auto targets = probe_targets(samples, levels, 1);
  ASSERT_EQ(targets.size(), expected.size() + 1);
  EXPECT_EQ(targets.back().name, "decoy");
  for (size_t t = 0; t < expected.size(); ++t) EXPECT_EQ(targets[t].label, expected[t].label);
  for (int64_t i = 0; i < samples.count(); ++i) {
    const auto s = static_cast<size_t>(i);
    EXPECT_EQ(targets.back().label[s], samples.level[s] % 2 == 0 ? CellClasses(7).of({6, 6}) : -1);
  }
  for (envs::MazeLevel& level : levels) level.decoy = level.cheese;
  int different = 0;
  const auto coupled = probe_targets(samples, levels, 1);
  for (size_t s = 0; s < coupled[3].label.size(); ++s)
    different += coupled[3].label[s] != expected[3].label[s];
  EXPECT_GT(different, 50) << "the decoy takes the corner's part in the decision";
}

TEST(AddSamples, RefusesOtherWallsThanThoseOfMazes) {
  datasets::ActivationShard shard = tables(5, 10, true);
  shard.levels.open[6] = 1;  // (1, 1)
  ProbeSamples samples;
  EXPECT_USER_ERROR(add_samples(samples, shard), "a free cell between four rooms");
}

TEST(AddSamples, RefusesAMouseInAWall) {
  datasets::ActivationShard shard = tables(5, 10, true);
  shard.samples.mouse[6] = 1;
  shard.samples.mouse[7] = 1;
  ProbeSamples samples;
  EXPECT_USER_ERROR(add_samples(samples, shard), "contradicts its level");
  shard = tables(5, 10, true);
  shard.samples.cheese[0] = static_cast<int16_t>(4 - shard.samples.cheese[0]);
  shard.samples.cheese[1] = static_cast<int16_t>(3 - shard.samples.cheese[1]);
  ProbeSamples others;
  EXPECT_USER_ERROR(add_samples(others, shard), "contradicts its level");
}

}  // namespace
}  // namespace mazescan::probe
