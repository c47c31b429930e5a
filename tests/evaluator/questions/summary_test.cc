#include "evaluator/questions/summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "core/error.h"
#include "statistics/statistics.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan::questions {
namespace {

const SummaryRow& row(const std::vector<SummaryRow>& rows, const std::string& measure, int size,
                      const std::string& placement) {
  const SummaryRow* found = find_row(rows, measure, size, placement);
  if (!found) throw std::runtime_error("no row " + measure + " " + placement);
  return *found;
}

TEST(Summary, PlantedRatesAreExact) {
  const auto rows = summarise({planted_shard(5, "centre", planted_rate(330, 1000))});
  const SummaryRow& success = row(rows, "success_limit", 5, "centre");
  EXPECT_EQ(success.id, "success_limit/size=5/placement=centre");
  EXPECT_DOUBLE_EQ(success.value, 0.33);
  EXPECT_EQ(success.n, 1000);
  // For chances of 0 and 1 the interval is Wilson's, but for Student's t in place of the normal distribution.
  EXPECT_NEAR(success.low, statistics::wilson_interval(330, 1000).low, 1e-4);
  EXPECT_NEAR(success.high, statistics::wilson_interval(330, 1000).high, 1e-4);
  EXPECT_EQ(row(rows, "greedy_success_limit", 5, "centre").value, 0);
  EXPECT_DOUBLE_EQ(row(rows, "steps_over_optimal", 5, "centre").value, 10.0 / 8);
  EXPECT_EQ(row(rows, "steps_over_optimal", 5, "centre").n, 330);
}

TEST(Summary, TheClockIsThatOfSuccessfulTopRightRollouts) {
  std::vector<PlantedEpisode> home = planted_rate(4, 5), away = planted_rate(5, 5);
  for (int e = 0; e < 4; ++e)
    home[static_cast<size_t>(e)].steps = 10 + 10 * e;  // 10 20 30 40, and one failure
  for (int e = 0; e < 5; ++e) {
    away[static_cast<size_t>(e)].steps = 24 + e;        // 24 .. 28: two within T = 25, all within T95
    away[static_cast<size_t>(e)].optimal = 23 + e;      // three within T
    away[static_cast<size_t>(e)].on_path = e % 2 == 0;  // off the path: 25 and 27
  }
  const auto rows = summarise({planted_shard(5, "top_right", home), planted_shard(5, "top_left", away)});
  EXPECT_DOUBLE_EQ(row(rows, "T", 5, "top_right").value, 25);
  EXPECT_EQ(row(rows, "T", 5, "top_right").n, 4);
  EXPECT_DOUBLE_EQ(row(rows, "T95", 5, "top_right").value, 40) << "three of four successes arrive within 39";
  EXPECT_DOUBLE_EQ(row(rows, "success_T", 5, "top_left").value, 0.4);
  EXPECT_DOUBLE_EQ(row(rows, "success_T95", 5, "top_left").value, 1);
  EXPECT_DOUBLE_EQ(row(rows, "ceiling_T", 5, "top_left").value, 0.6);
  EXPECT_DOUBLE_EQ(row(rows, "off_path_T", 5, "top_left").value, 0.5);
  EXPECT_EQ(row(rows, "off_path_T", 5, "top_left").n, 2);
  EXPECT_DOUBLE_EQ(row(rows, "success_T", 5, "top_right").value, 0.4);
  EXPECT_FALSE(find_row(rows, "greedy_T", 5, "top_right")) << "no greedy rollout succeeded";
  EXPECT_FALSE(find_row(rows, "greedy_success_T", 5, "top_left"));
}

// Home episodes take 10 or 30 steps; all corner episodes take 20, exactly the value of T.
TEST(Summary, IntervalsKnowThatTIsEstimated) {
  std::vector<PlantedEpisode> home = planted_rate(200, 200), away = planted_rate(200, 200);
  for (size_t e = 0; e < 200; ++e) {
    home[e].steps = e % 2 ? 10 : 30;
    away[e].steps = 20;
  }
  const auto rows = summarise({planted_shard(5, "top_right", home), planted_shard(5, "top_left", away)});
  const SummaryRow& clock = row(rows, "T", 5, "top_right");
  EXPECT_DOUBLE_EQ(clock.value, 20);
  EXPECT_NEAR(clock.high - clock.low, 2 * 1.96 * 10 / std::sqrt(200), 0.35);
  const SummaryRow& within = row(rows, "success_T", 5, "top_left");
  EXPECT_DOUBLE_EQ(within.value, 1);
  EXPECT_EQ(within.low, 0) << "half of the resamples have T below 20";
  EXPECT_EQ(within.high, 1);
}

TEST(Summary, RareEventsKeepWilsonsWidthUnderAClock) {
  const auto rows = summarise({planted_shard(5, "top_right", planted_rate(100, 100)),
                               planted_shard(5, "top_left", planted_rate(0, 100))});
  EXPECT_EQ(row(rows, "success_T", 5, "top_left").value, 0);
  EXPECT_DOUBLE_EQ(row(rows, "success_T", 5, "top_left").high, statistics::wilson_interval(0, 100).high);
}

TEST(Summary, OffPathCountsOnlyCheeseOffTheWay) {
  auto episodes = planted_rate(60, 60, true);
  const auto off = planted_rate(3, 40);
  episodes.insert(episodes.end(), off.begin(), off.end());
  const auto rows = summarise({planted_shard(5, "uniform", episodes)});
  EXPECT_DOUBLE_EQ(row(rows, "success_limit", 5, "uniform").value, 0.63);
  EXPECT_DOUBLE_EQ(row(rows, "off_path_limit", 5, "uniform").value, 3.0 / 40);
  EXPECT_EQ(row(rows, "off_path_limit", 5, "uniform").n, 40);
}

TEST(Summary, NoEpisodesNoRow) {
  const auto rows = summarise({planted_shard(3, "top_right", planted_rate(5, 5, true))});
  EXPECT_FALSE(find_row(rows, "off_path_limit", 3, "top_right"));
  EXPECT_FALSE(find_row(rows, "decision_success", 3, "top_right"));
  EXPECT_FALSE(find_row(rows, "success_limit", 3, "off_region"));
  EXPECT_FALSE(find_row(rows, "cell_success", 3, "cell:0,4"));
}

TEST(Summary, OutcomeSharesSumToOne) {
  std::vector<PlantedEpisode> episodes = planted_rate(20, 100);  // 20 reach the cheese, 80 the corner
  for (size_t e = 20; e < 35; ++e) episodes[e].success = true, episodes[e].steps = 50;  // after the top-right
  for (size_t e = 60; e < 100; ++e)
    episodes[e].outcome = e < 70 ? datasets::Outcome::kNeither : datasets::Outcome::kLimit;
  const auto rows = summarise({planted_shard(5, "centre", episodes)});
  EXPECT_DOUBLE_EQ(row(rows, "outcome_cheese", 5, "centre").value, 0.2);
  EXPECT_DOUBLE_EQ(row(rows, "outcome_top_right", 5, "centre").value, 0.4);
  EXPECT_DOUBLE_EQ(row(rows, "outcome_top_right_then_cheese", 5, "centre").value, 0.15);
  EXPECT_DOUBLE_EQ(row(rows, "outcome_top_right_never_cheese", 5, "centre").value, 0.25);
  EXPECT_DOUBLE_EQ(row(rows, "outcome_neither", 5, "centre").value, 0.4);
  EXPECT_DOUBLE_EQ(row(rows, "success_limit", 5, "centre").value, 0.35);
}

TEST(Summary, TheFirstMoveAwayFromTheDecisionSquareCounts) {
  PlantedEpisode
      level;  // cheese at (0, 4), decision square (0, 2): cells 0, 5, 10 lead there, 15 on to the cheese
  level.decision_x = 0;
  level.decision_y = 2;
  PlantedEpisode toward = level, waits = level, away = level, stays = level, never = level, none;
  toward.decision_step = waits.decision_step = away.decision_step = stays.decision_step = 2;
  toward.toward = waits.toward = 1;
  away.toward = stays.toward = 0;
  toward.path = {0, 5, 10, 15, 20};
  toward.success = true;
  toward.steps = 4;
  waits.path = {0, 5, 10, 10, 10, 15};  // two blocked moves, then toward
  away.path = {0, 5, 10, 11, 10, 15};   // returns later: the first move was right
  stays.path = {0, 5, 10, 10, 10};
  never.path = {0, 1, 2};
  datasets::ScanShard shard = planted_shard(5, "off_region", {toward, waits, away, stays, never, none});
  shard.greedy = shard.sampled;
  const auto rows = summarise({shard});
  for (const std::string prefix : {"", "greedy_"}) {
    const SummaryRow& first = row(rows, prefix + "decision_first_step", 5, "off_region");
    EXPECT_EQ(first.n, 4);
    EXPECT_DOUBLE_EQ(first.value, 0.5);
    EXPECT_DOUBLE_EQ(row(rows, prefix + "decision_reached", 5, "off_region").value, 0.8);
    EXPECT_DOUBLE_EQ(row(rows, prefix + "decision_success", 5, "off_region").value, 0.2);
    EXPECT_EQ(row(rows, prefix + "decision_success", 5, "off_region").n, 5);
  }
}

// Half of the levels are hopeless, half certain; or each level succeeds with probability one half. The mean
// is the same. Chances show that the second is known exactly: only levels are sampled, not what happens on
// them.
TEST(Summary, ChancesHaveNoSamplingNoise) {
  datasets::ScanShard mixed = planted_shard(5, "centre", planted_rate(50, 100)), even = mixed;
  const auto steps = static_cast<size_t>(even.limit) + 1;
  for (size_t e = 0; e < 100; ++e)
    for (size_t t = 0; t < steps; ++t)
      even.exact.arrived[e * steps + t] = t < 10 ? 0 : e % 2 == 0 ? 0.49F : 0.51F;
  const SummaryRow of_mixed = row(summarise({mixed}), "success_limit", 5, "centre"),
                   of_even = row(summarise({even}), "success_limit", 5, "centre");
  EXPECT_NEAR(of_mixed.value, 0.5, 1e-6);
  EXPECT_NEAR(of_even.value, 0.5, 1e-6);
  EXPECT_NEAR(of_even.high - of_even.low, 2 * 1.98 * 0.01 / std::sqrt(99.0), 3e-4);
  EXPECT_GT(of_mixed.high - of_mixed.low, 0.18);
}

// A blind walker that reaches a third of the cells, a random mouse that reaches a tenth.
TEST(Summary, ShowsAgentsWithoutAPolicyBesideIt) {
  datasets::ScanShard shard = planted_shard(5, "centre", planted_rate(60, 60));
  const auto steps = static_cast<size_t>(shard.limit) + 1;
  for (size_t e = 0; e < 60; ++e) {
    shard.exact.blind_steps[e] = e % 3 == 0 ? 8 : -1;
    for (size_t t = 0; t < steps; ++t) shard.exact.random_arrived[e * steps + t] = t < 30 ? 0 : 0.1F;
  }
  const auto home = planted_shard(5, "top_right", planted_rate(60, 60));  // T = 10
  const auto rows = summarise({home, shard});
  EXPECT_DOUBLE_EQ(row(rows, "blind_T", 5, "centre").value, 1.0 / 3);
  EXPECT_DOUBLE_EQ(row(rows, "blind_limit", 5, "centre").value, 1.0 / 3);
  EXPECT_DOUBLE_EQ(row(rows, "random_T", 5, "centre").value, 0);
  EXPECT_NEAR(row(rows, "random_limit", 5, "centre").value, 0.1, 1e-6);
  EXPECT_DOUBLE_EQ(row(rows, "ceiling_T", 5, "centre").value, 1);
}

TEST(Summary, GapsArePairedByLevel) {
  const auto same = summarise({planted_shard(5, "top_right", planted_rate(50, 100)),
                               planted_shard(5, "centre", planted_rate(50, 100))});
  const SummaryRow& gap = row(same, "gap_limit", 5, "centre");
  EXPECT_EQ(gap.value, 0);
  EXPECT_EQ(gap.low, 0) << "the same levels succeed, so no resample separates the two";
  EXPECT_EQ(gap.high, 0);
  const auto other = summarise({planted_shard(5, "top_right", planted_rate(50, 100)),
                                planted_shard(5, "centre", planted_rate(50, 100), 0, 1000)});
  EXPECT_LT(row(other, "gap_limit", 5, "centre").low, -0.1);
  EXPECT_GT(row(other, "gap_limit", 5, "centre").high, 0.1);
}

TEST(Summary, OtherCornersArePooledByLevel) {
  const auto rows = summarise({planted_shard(5, "top_left", planted_rate(30, 100)),
                               planted_shard(5, "bottom_right", planted_rate(30, 100))});
  const SummaryRow& both = row(rows, "success_limit", 5, kOtherCorners);
  EXPECT_DOUBLE_EQ(both.value, 0.3);
  EXPECT_EQ(both.n, 200);
  // The two placements agree on every level, so that the evidence is that of 100 levels, not 200.
  EXPECT_NEAR(both.low, statistics::wilson_interval(30, 100).low, 2e-3);
  EXPECT_NEAR(both.high, statistics::wilson_interval(30, 100).high, 2e-3);
  EXPECT_GT(both.high - both.low, 1.3 * (statistics::wilson_interval(60, 200).high - 0.3) * 2);
}

TEST(Summary, BlocksArePooledAndChecked) {
  datasets::ScanShard first = planted_shard(5, "centre", planted_rate(10, 50)),
                      second = planted_shard(5, "centre", planted_rate(40, 50), 1, 50);
  const auto rows = summarise({first, second});
  EXPECT_DOUBLE_EQ(row(rows, "success_limit", 5, "centre").value, 0.5);
  EXPECT_EQ(row(rows, "success_limit", 5, "centre").n, 100);
  EXPECT_THROW(summarise({first, first}), UserError);
  second.limit = 200;
  for (std::vector<float>* const chances : {&second.exact.arrived, &second.exact.random_arrived})
    chances->assign(50 * (200 + 1), 0);
  EXPECT_THROW(summarise({first, second}), UserError);
  second.size = 7;  // the limit may grow with the size
  second.open.assign(50 * 49, 1);
  EXPECT_NO_THROW(summarise({first, second}));
  second.scan_key = "another scan";
  EXPECT_THROW(summarise({first, second}), UserError);
}

TEST(Summary, HeatMapCellsAndTiles) {
  std::vector<PlantedEpisode> episodes = planted_rate(6, 10);
  for (size_t e = 0; e < 10; ++e) episodes[e].cheese_x = e < 8 ? 3 : 4, episodes[e].cheese_y = 2;
  const auto small = summarise({planted_shard(5, "uniform", episodes)});
  EXPECT_DOUBLE_EQ(row(small, "cell_success", 5, "cell:3,2").value, 0.75);
  EXPECT_EQ(row(small, "cell_success", 5, "cell:4,2").n, 2);
  const auto large = summarise({planted_shard(11, "uniform", episodes)});
  EXPECT_EQ(row(large, "cell_success", 11, "cells:2-3,2-3").n, 8);
  EXPECT_EQ(row(large, "cell_success", 11, "cells:4-5,2-3").n, 2);
}

TEST(Summary, EveryRowIsUniqueAndHoldsItsValue) {
  std::vector<datasets::ScanShard> shards;
  for (const int size : {5, 7})
    for (const char* placement : {"top_right", "top_left", "bottom_right", "uniform"})
      shards.push_back(planted_shard(size, placement, planted_rate(30, 60)));
  const auto rows = summarise(shards);
  std::set<std::string> ids;
  for (const SummaryRow& each : rows) {
    EXPECT_TRUE(ids.insert(each.id).second) << each.id;
    EXPECT_LE(each.low, each.value) << each.id;
    EXPECT_GE(each.high, each.value) << each.id;
    EXPECT_GT(each.n, 0) << each.id;
  }
  EXPECT_EQ(to_json(rows).size(), rows.size());
  EXPECT_EQ(to_json(rows)[0]["id"], rows[0].id);
  EXPECT_EQ(to_json(rows), to_json(summarise(shards))) << "the same shards give the same numbers";
}

}  // namespace
}  // namespace mazescan::questions
