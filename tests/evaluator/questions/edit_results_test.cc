#include "evaluator/questions/edit_results.h"

#include <gtest/gtest.h>

#include <functional>

namespace mazescan::questions {
namespace {

constexpr int kSeeds = 50, kTargets = 10;
constexpr double kRandomChance = 0.2;  // of the random mouse

// Returns results of an edit that brings the mouse to `reached_of_level` of the ten targets of each level.
datasets::Results edit_of(const std::function<int(int)>& reached_of_level) {
  edit::ExperimentResult result;
  result.experiment = edit::kEveryCell;
  result.family = edit::kClampFamily;
  edit::EditRow row;
  row.facts.kind = edit::kEditKind;
  for (int l = 0; l < kSeeds; ++l) {
    result.levels.emplace_back();
    result.levels.back().seed = 100 + l;
    result.levels.back().open.resize(49);
    for (int t = 0; t < kTargets; ++t) {
      result.cases.push_back({l, envs::kStart, 10, 1, kRandomChance});
      row.sampled.reached.push_back(t < reached_of_level(l) ? 1 : 0);
      row.sampled.steps.push_back(20);
      row.log.push_back(0);
    }
  }
  row.greedy = row.sampled;
  result.rows = {row};
  datasets::Results results;
  results.shards.push_back(datasets::result_shard(
      datasets::kEdit, {7, edit::edit_subject(edit::kEveryCell, edit::kClampFamily), 0}, "key", result));
  return results;
}

findings::JudgedRate rate_of(const std::function<int(int)>& reached_of_level) {
  const datasets::Results results = edit_of(reached_of_level);
  const EditScores scores(results);
  return scores.success(scores.edits(7, edit::kEveryCell).front(), false, 0.5);
}

TEST(EditScores, IntervalsAreAsWideAsLevelsDiffer) {
  const findings::JudgedRate alike = rate_of([](int level) { return level % 2 == 0 ? 5 : 3; });
  EXPECT_DOUBLE_EQ(alike.value, 0.4);
  EXPECT_EQ(alike.n, kSeeds);
  EXPECT_NEAR(alike.high - alike.low, 2 * 2.01 * 0.1 / 7, 0.006);
  EXPECT_LT(alike.p_below, 1e-6);
  const findings::JudgedRate apart = rate_of([](int level) { return level % 5 < 2 ? 10 : 0; });
  const statistics::Interval wilson = statistics::wilson_interval(20, kSeeds);
  EXPECT_NEAR(apart.high - apart.low, wilson.high - wilson.low, 0.03)
      << "targets of a level that are alike are one trial";
}

TEST(EditScores, AllLevelsAreNotAllThereAre) {
  for (const int reached : {0, kTargets}) {
    const findings::JudgedRate rate = rate_of([=](int) { return reached; });
    const statistics::Interval wilson = statistics::wilson_interval(reached > 0 ? kSeeds : 0, kSeeds);
    EXPECT_DOUBLE_EQ(rate.low, wilson.low);
    EXPECT_DOUBLE_EQ(rate.high, wilson.high);
  }
}

// (s - r) / (1 - r) scales the rate and its interval alike where r is the same everywhere.
TEST(EditScores, NormalisationScalesTheInterval) {
  for (const int most : {10, 6, 2, 0}) {
    const datasets::Results results = edit_of([=](int level) { return level % 2 == 0 ? most : most / 2; });
    const EditScores scores(results);
    const ScoredRow row = scores.edits(7, edit::kEveryCell).front();
    const findings::JudgedRate raw = scores.off_path_success(row).sampled;
    const BothWalkers both = scores.normalised_success(row, 0.5);
    const auto normal = [](double rate) { return (rate - kRandomChance) / (1 - kRandomChance); };
    EXPECT_NEAR(both.sampled.value, normal(raw.value), 1e-12);
    EXPECT_NEAR(both.sampled.low, normal(raw.low), 0.01);
    EXPECT_NEAR(both.sampled.high, normal(raw.high), 0.01);
    EXPECT_EQ(both.greedy.value, both.sampled.value);
    EXPECT_NEAR(scores.random_mouse(row).value, kRandomChance, 1e-12);
  }
}

}  // namespace
}  // namespace mazescan::questions
