#include "evaluator/scan.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <set>

#include "envs/maze.h"

namespace mazescan {
namespace {

EvaluatorConfig small_config() {
  EvaluatorConfig config;
  config.scan.sizes = {3, 5};
  config.scan.placements = {"top_right", "uniform"};
  config.scan.levels = 10;
  config.scan.block = 4;
  config.scan.layers = {"embedder.fc"};
  config.scan.vector_fields = 2;
  return config;
}

ScannedPolicy small_policy() {
  EnvironmentConfig environment;
  environment.world = 5;
  environment.region = 1;
  environment.actions = "moves";
  environment.time_limit = 30;
  NetworkConfig network;
  network.channels = {4};
  network.residual_blocks = 1;
  network.fc = 8;
  Network made(network, {kPlanes, 5, 5, 1, kMoves});
  RandomStream random(1, "weights");
  made.initialise(random);
  return {decode_policy(encode_policy(made, dump_config(environment), "{}"), "test"), environment};
}

TEST(ScanUnits, CoverEverythingOnceLargestFirst) {
  const auto units = scan_units(small_config().scan);
  EXPECT_EQ(units.size(), 2U * 2 * 3);
  std::set<std::string> names;
  for (const ScanUnit& unit : units) names.insert(unit.file_name());
  EXPECT_EQ(names.size(), units.size());
  EXPECT_EQ(units.front().size, 5);
  EXPECT_EQ((ScanUnit{9, "cell:3,4", 2}.file_name()), "size09-cell_3_4-002.h5");
}

TEST(ScanKey, KnowsWhatChangesAPayload) {
  const ScannedPolicy policy = small_policy();
  const EvaluatorConfig config = small_config();
  EvaluatorConfig elsewhere = config, other_seed = config, other_levels = config;
  elsewhere.run = "runs/elsewhere";
  elsewhere.scan.device = "cpu";
  other_seed.seed = 2;
  other_levels.scan.levels = 11;
  EXPECT_EQ(scan_key(config, policy), scan_key(elsewhere, policy));
  EXPECT_NE(scan_key(config, policy), scan_key(other_seed, policy));
  EXPECT_NE(scan_key(config, policy), scan_key(other_levels, policy));
}

TEST(ScanUnit, IsAPureFunction) {
  const ScannedPolicy policy = small_policy();
  const ScanUnit unit{5, "uniform", 2};
  const ScanShard a = scan_unit(small_config(), policy, unit), b = scan_unit(small_config(), policy, unit);
  EXPECT_EQ(a.episodes(), 2);  // the last block of ten levels in fours
  EXPECT_EQ(a.sampled.path, b.sampled.path);
  EXPECT_EQ(a.taps.at(0).values, b.taps.at(0).values);
  EXPECT_EQ(a.limit, 30);
  EXPECT_EQ(a.fields.size(), 2U);
}

// Placements are compared on the same levels: only the cheese differs.
TEST(ScanUnit, PlacementsShareLevels) {
  const ScannedPolicy policy = small_policy();
  const ScanShard home = scan_unit(small_config(), policy, {5, "top_right", 0});
  const ScanShard away = scan_unit(small_config(), policy, {5, "uniform", 0});
  EXPECT_EQ(home.level_seed, away.level_seed);
  EXPECT_EQ(home.open, away.open);
  EXPECT_NE(home.cheese, away.cheese);
  for (int64_t e = 0; e < home.episodes(); ++e) {
    EXPECT_EQ(home.cheese[static_cast<size_t>(e * 2)], 4);
    EXPECT_EQ(home.on_path[static_cast<size_t>(e)], 1);
  }
}

TEST(ScanUnit, APlacementWithoutACellGivesNoEpisodes) {
  EvaluatorConfig config = small_config();
  ScannedPolicy policy = small_policy();
  policy.environment.region = 5;  // the whole of a 3 x 3 maze: nothing is off-region
  EXPECT_EQ(scan_unit(config, policy, {3, "off_region", 0}).episodes(), 0);
}

}  // namespace
}  // namespace mazescan
