#include "evaluator/questions/worst_case.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "envs/paths.h"
#include "evaluator/analyses/certify/certificate.h"
#include "evaluator/analyses/certify/layouts.h"
#include "evaluator/questions/certified_size.h"
#include "statistics/binomial_bound.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

constexpr int kLimit = 30;

// Goes to the cheese by the shortest path: moves with probability 1 - noise per step, otherwise waits. With
// `goes_top_right`, goes to the corner instead.
rollout::MoveChain planted_chain(const envs::MazeLevel& level, const certify::FreeCells& cells, int cheese,
                                 bool goes_top_right, double noise) {
  rollout::MoveChain chain;
  const envs::Cell target = goes_top_right ? level.top_right() : cells.cells[cheese];
  const auto best = envs::optimal_policy(level, target);
  for (int cell = 0; cell < cells.count(); ++cell) {
    rollout::MoveChain::State state;
    state.next = cells.next[cell];
    const auto move = static_cast<size_t>(best[level.index(cells.cells[cell])]);
    state.probability[move] += 1 - noise;
    state.probability[static_cast<size_t>(envs::Move::noop)] += noise;
    state.greedy = state.next[move];
    state.arrived = cell == cheese;
    chain.states.push_back(state);
  }
  return chain;
}

datasets::Results certificate(bool goes_top_right, const std::vector<int>& sizes, int layouts = 0,
                              double noise = 0.1) {
  datasets::Results results;
  for (const int size : sizes) {
    const certify::Layouts all = certify::all_layouts(size);
    const auto chosen = certify::sampled_indices(all.count(), static_cast<size_t>(layouts), 1, size);
    const size_t half = chosen.size() / 2;  // two shards per size
    for (int chunk = 0; chunk < 2; ++chunk) {
      certify::Certificate made(size, 1, kLimit, 1);
      for (size_t i = chunk == 0 ? 0 : half; i < (chunk == 0 ? half : chosen.size()); ++i) {
        envs::MazeLevel level;
        level.size = level.world_dim = size;
        level.open = certify::open_cells(size, all.open_walls[chosen[i]]);
        const certify::FreeCells cells(level);
        std::vector<rollout::MoveChain> chains;
        for (int cheese = 0; cheese < cells.count(); ++cheese)
          chains.push_back(planted_chain(level, cells, cheese, goes_top_right, noise));
        made.add(chosen[i], all.probability[chosen[i]], cells, chains);
      }
      certify::CertifyResult result = made.result();
      result.layouts = static_cast<int64_t>(all.count());
      results.shards.push_back(
          datasets::result_shard(datasets::kCertify, {size, certify::kAllLayouts, chunk}, "key", result));
    }
  }
  return results;
}

CertifiedSize certified_size(const datasets::Results& results, int size) {
  std::vector<certify::CertifyResult> of_size;
  for (const datasets::ResultShard& shard : results.shards)
    if (shard.unit.size == size) of_size.push_back(datasets::read_columns<certify::CertifyResult>(shard));
  return {size, of_size};
}

TEST(WorstCase, HoldsWhereEveryWalkArrives) {
  const findings::Answer answer = answer_worst_case(certificate(false, {3, 5}), {});
  EXPECT_EQ(answer.id, "Q9");
  EXPECT_EQ(answer.finding, findings::Finding::holds);
  EXPECT_EQ(answer.value, 0);
  EXPECT_EQ(answer.high, 0);
  EXPECT_TRUE(answer.exact);
  EXPECT_EQ(answer.n, 192 * 17 * 16);
}

TEST(WorstCase, OneCounterexampleIsEnoughAndItsShareIsExact) {
  const findings::Answer answer = answer_worst_case(certificate(true, {3, 5}), {});
  EXPECT_EQ(answer.finding, findings::Finding::fails);
  // From a start at distance d of the corner, 16 - d of 16 cheeses are missed.
  double missed = 0;
  const certify::Layouts all = certify::all_layouts(5);
  for (const uint32_t walls : all.open_walls) {
    envs::MazeLevel level;
    level.size = 5;
    level.open = certify::open_cells(5, walls);
    for (const int32_t steps : envs::distances(level, level.top_right()))
      if (steps >= 0) missed += (16.0 - steps) / (17 * 16);
  }
  EXPECT_NEAR(answer.value, missed / 192, 1e-12);
  // As in training, region 1: the walker always arrives.
  ASSERT_EQ(answer.others.size(), 1U);
  EXPECT_EQ(answer.others[0].key, "training");
  EXPECT_EQ(answer.others[0].finding, findings::Finding::holds);
  EXPECT_EQ(answer.others[0].value, 0);
  EXPECT_EQ(answer.others[0].n, 192);
  EXPECT_EQ(answer.low, answer.value);
}

TEST(WorstCase, ASampleProvesNothingButMayRefute) {
  const findings::Answer none = answer_worst_case(certificate(false, {3, 5}, 50), {});
  EXPECT_EQ(none.finding, findings::Finding::undecided);
  EXPECT_GT(none.high, 0);
  EXPECT_FALSE(none.exact);
  const findings::Answer some = answer_worst_case(certificate(true, {3, 5}, 50), {});
  EXPECT_EQ(some.finding, findings::Finding::fails);
  const double exact = answer_worst_case(certificate(true, {5}), {}).value;
  EXPECT_LT(some.low, exact);
  EXPECT_GT(some.high, exact);
  EXPECT_LT(some.low, some.value);
}

// A layout's share is a mean over hundreds of pairs, so that it varies less than a binary outcome.
TEST(WorstCase, ASamplesIntervalIsAsWideAsItsLayoutsDiffer) {
  const double exact = answer_worst_case(certificate(true, {5}), {}).value;
  const findings::Answer answer = answer_worst_case(certificate(true, {5}, 50), {});
  EXPECT_LT(answer.low, exact);
  EXPECT_GT(answer.high, exact);
  const statistics::Interval wilson = statistics::wilson_interval(50 * answer.value, 50);
  EXPECT_LT(answer.high - answer.low, 0.3 * (wilson.high - wilson.low));
  EXPECT_GT(answer.high - answer.low, 0.01 * (wilson.high - wilson.low));
  const findings::Answer none = answer_worst_case(certificate(false, {5}, 50), {});
  EXPECT_DOUBLE_EQ(none.high, statistics::wilson_interval(0, 50).high)
      << "where all are alike the next may differ";
}

TEST(WorstCase, LargerMazesHaveABound) {
  std::vector<PlantedEpisode> episodes = planted_rate(95, 100);
  const std::vector<datasets::ScanShard> scan = {
      planted_shard(9, "uniform", episodes), planted_shard(9, "uniform", episodes, 1, 100),
      planted_shard(9, "top_right", planted_rate(0, 100)), planted_shard(5, "uniform", episodes)};
  for (const bool certified : {false, true}) {
    const findings::Answer answer =
        answer_worst_case(certified ? certificate(false, {3, 5}) : datasets::Results{}, scan);
    EXPECT_EQ(answer.finding, certified ? findings::Finding::holds : findings::Finding::not_applicable);
    const auto bounds = std::find_if(answer.figures.begin(), answer.figures.end(), [](const json& figure) {
      return figure["title"] == "Larger mazes: at most so many levels fail";
    });
    ASSERT_NE(bounds, answer.figures.end());
    const json row = (*bounds)["rows"].back();
    EXPECT_EQ(row[0], 9);
    EXPECT_EQ(row[1], 200);
    EXPECT_EQ(row[4], 10);
    EXPECT_DOUBLE_EQ(row[5]["value"], statistics::binomial_upper_bound(10, 200));
    EXPECT_EQ(row[3]["value"], 1) << "planted greedy episodes all fail";
    EXPECT_EQ((*bounds)["rows"].size(), certified ? 1U : 2U);
  }
}

// Computes size 3 by hand: with probability 0.9 of a move per step, the arrival time of a path of d steps is
// the sum of d geometric waiting times.
TEST(CertifiedSize, ClockAndCurvesAreThoseOfTheChain) {
  const datasets::Results results = certificate(false, {3});
  const CertifiedSize size = certified_size(results, 3);
  EXPECT_TRUE(size.exhaustive());
  EXPECT_EQ(size.pairs(certify::Pairs::everywhere), 4 * 7 * 6);
  // The corner is 4 steps away in every layout of size 3, so that arriving takes 4 successes.
  double total = 0, steps = 0, chance = std::pow(0.9, 4);  // that the 4th success is at step 4
  for (int t = 4; t <= kLimit; ++t) {
    EXPECT_NEAR(size.arrived(certify::Pairs::top_right, certify::Weighting::generator, t) -
                    size.arrived(certify::Pairs::top_right, certify::Weighting::generator, t - 1),
                chance, 1e-12);
    total += chance;
    steps += t * chance;
    chance *= 0.1 * t / (t - 3);
  }
  EXPECT_NEAR(size.clock(), steps / total, 1e-9);
  EXPECT_NEAR(size.arrived(certify::Pairs::top_right, certify::Weighting::layouts, kLimit),
              size.within_limit(certify::Pairs::top_right, certify::Weighting::layouts).value, 1e-12);
  // The longest path in any layout has 6 steps: to arrive within 6, every step must succeed.
  EXPECT_NEAR(size.lowest(6), std::pow(0.9, 6), 1e-12);
  EXPECT_NEAR(size.steps_until_limit(certify::Pairs::top_right, certify::Weighting::layouts), 4 / 0.9, 1e-6);
}

TEST(CertifiedSize, WeighsLayoutsAsTheGeneratorMakesThem) {
  const CertifiedSize size = certified_size(certificate(true, {5}), 5);
  const certify::Layouts all = certify::all_layouts(5);
  double expected = 0, alike = 0;
  for (size_t l = 0; l < all.count(); ++l) {
    envs::MazeLevel level;
    level.size = 5;
    level.open = certify::open_cells(5, all.open_walls[l]);
    const double missed = (16.0 - distance(level, envs::kStart, level.top_right())) / 16;
    expected += all.probability[l] * missed;
    alike += missed / 192;
  }
  EXPECT_NEAR(size.never(certify::Pairs::start, certify::Weighting::generator).value, expected, 1e-12);
  EXPECT_NEAR(size.never(certify::Pairs::start, certify::Weighting::layouts).value, alike, 1e-12);
  EXPECT_GT(std::abs(expected - alike), 1e-4) << "otherwise a mix-up would not show";
  EXPECT_NEAR(size.never(certify::Pairs::off_path, certify::Weighting::generator).value, 1, 1e-12);
  EXPECT_TRUE(std::isinf(size.expected_steps(1)));
}

TEST(WorstCase, WorstMazesAreDrawnWithTheWalkThatFails) {
  const findings::Answer answer = answer_worst_case(certificate(true, {3, 5}), {});
  const json& mazes = answer.figures.back()["mazes"];
  ASSERT_EQ(mazes.size(), 4U);  // a greedy and a sampled one per size
  const json& worst = mazes[0];
  EXPECT_EQ(worst["size"], 5);
  const std::string open = worst["open"];
  ASSERT_EQ(open.size(), 25U);
  EXPECT_EQ(std::count(open.begin(), open.end(), '1'), 17);
  EXPECT_EQ(worst["shade"].size(), 17U);
  EXPECT_EQ(worst["moves"].size(), 17U * envs::kMoves);
  // The walk ends in the corner, where the mouse waits, not at the cheese.
  EXPECT_EQ(worst["path"].back(), 24);
  EXPECT_EQ(worst["path"].front(), worst["mouse"][1].get<int>() * 5 + worst["mouse"][0].get<int>());
  const int cheese = worst["cheese"][1].get<int>() * 5 + worst["cheese"][0].get<int>();
  for (const json& cell : worst["path"]) EXPECT_NE(cell, cheese);
  EXPECT_EQ(std::count(worst["shade"].begin(), worst["shade"].end(), 1.0), 16)
      << "a dead end is missed by all";
}

TEST(WorstCase, ADamagedShardIsNamed) {
  datasets::Results results = certificate(false, {3});
  const auto& [column, first] = *results.shards[1].columns().begin();
  results.shards[1].set(std::string(column), std::vector<double>{1}, "layout");
  try {
    answer_worst_case(results, {});
    FAIL();
  } catch (const UserError& e) {
    EXPECT_NE(std::string(e.what()).find("size03-all-001.h5"), std::string::npos) << e.what();
  }
}

TEST(WorstCase, ShardsOfDifferentLimitsAreRefused) {
  certify::CertifyResult one, other;
  one.limit = 5;
  other.limit = 6;
  EXPECT_THROW(CertifiedSize(3, {one, other}), UserError);
}

}  // namespace
}  // namespace mazescan::questions
