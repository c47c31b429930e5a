#include "evaluator/questions/edit_results.h"

#include <gtest/gtest.h>

#include <functional>

namespace mazescan {
namespace {

constexpr int kLevels = 50, kTargets = 10;

// An edit that brings the mouse to so many of the ten targets of each level.
Results edit_of(const std::function<int(int)>& reached_of_level) {
  ResultShard shard(kEdit, {7, "every_cell-clamp", 0}, "key");
  std::vector<int32_t> seed, level, steps;
  std::vector<uint8_t> reached;
  for (int l = 0; l < kLevels; ++l) {
    seed.push_back(100 + l);
    for (int t = 0; t < kTargets; ++t) {
      level.push_back(l);
      steps.push_back(20);
      reached.push_back(t < reached_of_level(l) ? 1 : 0);
    }
  }
  const std::vector<H5Axis> by_row = {{"row", 1}, {"case", kLevels * kTargets}};
  shard.set("level/seed", seed, "level");
  shard.set("case/level", level, "case");
  shard.set("sampled/reached", reached, by_row);
  shard.set("sampled/steps", steps, by_row);
  shard.facts["experiment"] = "every_cell";
  shard.facts["family"] = "clamp";
  shard.facts["rows"].push_back(nlohmann::json{{"kind", "edit"}});
  Results results;
  results.shards.push_back(std::move(shard));
  return results;
}

JudgedRate rate_of(const std::function<int(int)>& reached_of_level) {
  const Results results = edit_of(reached_of_level);
  const EditScores scores(results);
  return scores.success(scores.edits(7, "every_cell").front(), false, 0.5);
}

TEST(EditScores, IntervalsAreAsWideAsLevelsDiffer) {
  const JudgedRate alike = rate_of([](int level) { return level % 2 == 0 ? 5 : 3; });
  EXPECT_DOUBLE_EQ(alike.value, 0.4);
  EXPECT_EQ(alike.n, kLevels);
  EXPECT_NEAR(alike.high - alike.low, 2 * 2.01 * 0.1 / 7, 0.006);
  EXPECT_LT(alike.p_below, 1e-6);
  const JudgedRate apart = rate_of([](int level) { return level % 5 < 2 ? 10 : 0; });
  const Interval wilson = wilson_interval(20, kLevels);
  EXPECT_NEAR(apart.high - apart.low, wilson.high - wilson.low, 0.03)
      << "targets of a level that are alike are one trial";
}

TEST(EditScores, AllLevelsAreNotAllThereAre) {
  for (const int reached : {0, kTargets}) {
    const JudgedRate rate = rate_of([=](int) { return reached; });
    const Interval wilson = wilson_interval(reached > 0 ? kLevels : 0, kLevels);
    EXPECT_DOUBLE_EQ(rate.low, wilson.low);
    EXPECT_DOUBLE_EQ(rate.high, wilson.high);
  }
}

}  // namespace
}  // namespace mazescan
