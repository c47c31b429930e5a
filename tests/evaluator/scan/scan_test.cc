#include "evaluator/scan/scan.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "datasets/scan_shard_file.h"
#include "datasets/work_unit.h"
#include "envs/maze/maze_config.h"
#include "envs/maze_state.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/registry/registry.h"
#include "evaluator/scan/config.h"
#include "evaluator/scan/scan_estimate.h"
#include "tests/evaluator/small_policy.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::scan {
namespace {

jobs::RunConfig small_config() {
  jobs::RunConfig config = registry::default_config();
  config.section<ScanConfig>().sizes = {3, 5};
  config.section<ScanConfig>().placements = {"top_right", "uniform"};
  config.section<ScanConfig>().levels = 10;
  config.section<ScanConfig>().chunk = 4;
  config.section<ScanConfig>().layers = {"embedder.fc"};
  config.section<ScanConfig>().vector_fields = 2;
  return config;
}

TEST(ScanKey, KnowsWhatChangesAPayload) {
  const policies::TrainedPolicy policy = small_policy();
  const jobs::RunConfig config = small_config();
  jobs::RunConfig elsewhere = config, other_seed = config, other_levels = config, rounded = config;
  elsewhere.run = "runs/elsewhere";
  elsewhere.section<ScanConfig>().device = "cpu";
  other_seed.seed = 2;
  other_levels.section<ScanConfig>().levels = 11;
  EXPECT_EQ(scan_key(config, policy), scan_key(elsewhere, policy));
  EXPECT_NE(scan_key(config, policy), scan_key(other_seed, policy));
  EXPECT_NE(scan_key(config, policy), scan_key(other_levels, policy));
  rounded.section<ScanConfig>().compute_dtype = "bfloat16";  // labelled, never mixed
  EXPECT_NE(scan_key(config, policy), scan_key(rounded, policy));
}

TEST(WorkUnit, IsAPureFunction) {
  const policies::TrainedPolicy policy = small_policy();
  const datasets::WorkUnit unit{5, "uniform", 2};
  const datasets::ScanShard a = scan_unit(small_config(), policy, unit),
                            b = scan_unit(small_config(), policy, unit);
  EXPECT_EQ(a.episodes(), 2);  // the last chunk: ten levels, four per chunk
  EXPECT_EQ(a.sampled.path, b.sampled.path);
  EXPECT_EQ(a.taps.at(0).values, b.taps.at(0).values);
  EXPECT_EQ(a.limit, 30);
  EXPECT_EQ(a.fields.size(), 2U);
}

// Placements are compared on the same levels: only the cheese differs.
TEST(WorkUnit, PlacementsShareLevels) {
  const policies::TrainedPolicy policy = small_policy();
  const datasets::ScanShard home = scan_unit(small_config(), policy, {5, "top_right", 0});
  const datasets::ScanShard away = scan_unit(small_config(), policy, {5, "uniform", 0});
  EXPECT_EQ(home.level_seed, away.level_seed);
  EXPECT_EQ(home.open, away.open);
  EXPECT_NE(home.cheese, away.cheese);
  for (int64_t e = 0; e < home.episodes(); ++e) {
    EXPECT_EQ(home.cheese[static_cast<size_t>(e * 2)], 4);
    EXPECT_EQ(home.on_path[static_cast<size_t>(e)], 1);
  }
}

TEST(WorkUnit, APlacementWithoutACellGivesNoEpisodes) {
  jobs::RunConfig config = small_config();
  policies::TrainedPolicy policy = small_policy();
  policy.environment.own<maze::MazeConfig>().region = 5;  // all of a 3 x 3 maze: no cell is off-region
  EXPECT_EQ(scan_unit(config, policy, {3, "off_region", 0}).episodes(), 0);
}

// The estimate assumes that every path is as long as its limit allows and that nothing is compressed.
TEST(EstimateScan, IsAnUpperBoundThatIsNear) {
  const TemporaryFolder folder;
  jobs::RunConfig config = small_config();
  config.run = folder.path().string();
  write_small_policy(folder.path());
  const policies::TrainedPolicy policy = small_policy();
  double bytes = 0;
  int64_t rollouts = 0;
  for (const datasets::WorkUnit& unit : jobs::work_units(config.section<ScanConfig>())) {
    const datasets::ScanShard shard = scan_unit(config, policy, unit);
    datasets::write_shard(folder / unit.file_name(), shard,
                          {config.section<ScanConfig>().storage_dtype, "none"}, "{}");
    bytes += static_cast<double>(std::filesystem::file_size(folder / unit.file_name()));
    rollouts += 2 * shard.episodes();
  }
  const jobs::Estimate estimate = estimate_scan(config, {});
  EXPECT_EQ(estimate.units, 12U);
  EXPECT_EQ(estimate.counts, std::vector<std::string>{fmt::format("{} rollouts at most", rollouts)});
  EXPECT_GE(estimate.bytes, bytes);
  EXPECT_LE(estimate.bytes, 2 * bytes);
  EXPECT_EQ(estimate_scan(config, {1, 2}).units, 6U);
}

}  // namespace
}  // namespace mazescan::scan
