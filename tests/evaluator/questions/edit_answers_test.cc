#include "evaluator/questions/edit_answers.h"

#include <gtest/gtest.h>

#include "evaluator/analyses/edit/config.h"
#include "evaluator/questions/edit_results.h"

// Verdicts on made-up results: what edits do to mazes of any size, as shares that we chose.
namespace mazescan {
namespace {

constexpr int kLevels = 100, kClock = 40;  // levels of each size; steps of every walk to the cheese
constexpr int kActivations = 1000;         // of the network

// An edit that was made up: of so many activations, with a score on choosing levels, and the per cent of
// levels on which it succeeds.
struct MadeUp {
  int activations = 0;
  double choosing = 0;
  int percent = 0;
  int steps = 10;  // of the walks that arrive
};

void set_rows(ResultShard& shard, const nlohmann::json& rows, const std::vector<MadeUp>& made, int levels) {
  std::vector<uint8_t> reached;
  std::vector<int32_t> steps;
  for (const MadeUp& each : made)
    for (int c = 0; c < levels; ++c) {
      reached.push_back(100 * c < each.percent * levels ? 1 : 0);
      steps.push_back(reached.back() != 0 ? each.steps : 500);
    }
  const auto count = static_cast<int64_t>(made.size());
  const std::vector<H5Axis> axes = {{"row", count}, {"case", levels}};
  shard.set("path/log", std::vector<float>(reached.size(), -1.0F), axes);
  shard.set("greedy/reached", reached, axes);
  shard.set("greedy/steps", steps, axes);
  shard.set("sampled/reached", std::move(reached), axes);
  shard.set("sampled/steps", std::move(steps), axes);
  shard.facts["rows"] = rows;
}

// One target a level, off the way to the top-right corner.
ResultShard experiment_shard(int size, const std::string& experiment, const std::string& family, int levels) {
  ResultShard shard(kEdit, {size, experiment + "-" + family, 0}, "key");
  std::vector<int32_t> seeds;
  for (int l = 0; l < levels; ++l) seeds.push_back(l);
  shard.set("case/level", seeds, "case");
  shard.set("level/seed", seeds, "level");
  shard.set("case/off_path", std::vector<int32_t>(seeds.size(), 3), "case");
  shard.set("case/target", std::vector<int32_t>(2 * seeds.size(), 0), {{"case", levels}, {"coordinate", 2}});
  shard.facts = {{"experiment", experiment}, {"family", family}, {"activations_of_network", kActivations}};
  return shard;
}

// The controls of a size and experiment, without an edit successful in so many per cent.
ResultShard controls(int size, const std::string& experiment, int percent, int levels = kLevels) {
  ResultShard shard = experiment_shard(size, experiment, "controls", levels);
  set_rows(shard, {{{"kind", "control"}, {"name", "no edit"}}}, {{0, 0, percent}}, levels);
  shard.set("clock/seed", shard.get<int32_t>("level/seed"), "clock");
  shard.set("clock/reached", std::vector<uint8_t>(static_cast<size_t>(levels), 1), "clock");
  shard.set("clock/steps", std::vector<int32_t>(static_cast<size_t>(levels), kClock), "clock");
  return shard;
}

ResultShard edits(int size, const std::string& experiment, const std::string& family,
                  const std::vector<MadeUp>& made, int levels = kLevels) {
  ResultShard shard = experiment_shard(size, experiment, family, levels);
  nlohmann::json rows = nlohmann::json::array();
  for (const MadeUp& each : made) {
    const double share = static_cast<double>(each.activations) / kActivations;
    rows.push_back({{"kind", "edit"},
                    {"name", family},
                    {"text", fmt::format("{} of {}", family, each.activations)},
                    {"fraction", share},
                    {"activations", each.activations},
                    {"largest_share", share},
                    {"share", {{"of_layers", share}, {"of_taps", share}, {"of_network", share}}},
                    {"choosing", each.choosing}});
  }
  set_rows(shard, rows, made, levels);
  return shard;
}

using Answering = Answer (*)(const Results&);
Answer answer(Answering question, std::vector<ResultShard> shards) {
  Results results;
  results.shards = std::move(shards);
  return question(results);
}

// Q5 of mazes of sizes 21 and 25 and both corners, in which edits of 5 % succeed in so many per cent.
Answer corners(int percent, int of_one, int levels = kLevels, int steps = 10) {
  std::vector<ResultShard> shards;
  for (const int size : {21, 25})
    for (const char* experiment : {"top_left", "bottom_right"}) {
      const bool one = size == 25 && experiment == std::string("bottom_right");
      shards.push_back(controls(size, experiment, 0, levels));
      shards.push_back(edits(size, experiment, "clamp", {{50, -1, one ? of_one : percent, steps}}, levels));
    }
  return answer(answer_no_retarget, std::move(shards));
}

TEST(NoRetargetAnswer, HoldsForTheFamiliesSearchedWhereAllUpperBoundsStayBelowAThird) {
  const Answer q5 = corners(10, 15);
  EXPECT_EQ(q5.finding, Finding::holds) << q5.because;
  EXPECT_NE(q5.because.find("it holds for the families searched"), std::string::npos) << q5.because;
  EXPECT_NEAR(q5.value, 0.15, 1e-9) << "the best of them";
  EXPECT_LT(q5.high, 1.0 / 3);
  EXPECT_EQ(q5.n, kLevels);
  EXPECT_EQ(q5.measure, "success within T, bottom-right, size 25");
}

TEST(NoRetargetAnswer, FailsWhereTheLowerBoundOfOneEditReachesAThird) {
  const Answer q5 = corners(5, 60);
  EXPECT_EQ(q5.finding, Finding::fails) << q5.because;
  EXPECT_NEAR(q5.value, 0.6, 1e-9);
  EXPECT_GT(q5.low, 1.0 / 3);
  EXPECT_NE(q5.because.find("clamp of 50, bottom-right, at size 25"), std::string::npos) << q5.because;
  EXPECT_NE(q5.because.find("without an edit 0\u00a0%"), std::string::npos) << q5.because;
}

TEST(NoRetargetAnswer, IsUndecidedNearAThird) {
  for (const int percent : {30, 36}) {
    const Answer q5 = corners(5, percent);
    EXPECT_EQ(q5.finding, Finding::undecided) << q5.because;
    EXPECT_EQ(q5.because.find("too few levels"), std::string::npos) << q5.because;
  }
}

TEST(NoRetargetAnswer, GivesNoVerdictFromTooFewLevels) {
  for (const int percent : {0, 100}) {
    const Answer q5 = corners(0, percent, 29);
    EXPECT_EQ(q5.finding, Finding::undecided) << q5.because;
    EXPECT_NE(q5.because.find("too few levels for a verdict"), std::string::npos) << q5.because;
  }
}

TEST(NoRetargetAnswer, CountsOnlyWalksWithinT) {
  const Answer q5 = corners(100, 100, kLevels, kClock + 1);
  EXPECT_EQ(q5.finding, Finding::holds) << q5.because;
  EXPECT_EQ(q5.value, 0);
  EXPECT_EQ(corners(100, 100, kLevels, kClock).finding, Finding::fails);
}

TEST(NoRetargetAnswer, JudgesTheEditsThatWereBestOnChoosingLevels) {
  const Answer q5 = answer(answer_no_retarget,
                           {controls(25, "top_left", 0), edits(25, "top_left", "clamp", {{50, -0.5, 10}}),
                            edits(25, "top_left", "mask", {{90, -0.6, 80}, {200, 0, 90}})});
  EXPECT_NEAR(q5.value, 0.1, 1e-9) << "the masks succeed more often, which only the scored levels show";
  EXPECT_EQ(q5.finding, Finding::holds);
}

TEST(NoRetargetAnswer, IsNotApplicableInSmallMazes) {
  const Answer q5 = answer(answer_no_retarget,
                           {controls(19, "top_left", 0), edits(19, "top_left", "clamp", {{50, -1, 90}})});
  EXPECT_EQ(q5.finding, Finding::not_applicable);
  EXPECT_NE(q5.because.find("sizes 19 only"), std::string::npos) << q5.because;
}

TEST(FractionAnswer, HasAnIntervalFromTheBoundsOfTheEdits) {
  const Answer q8 =
      answer(answer_fraction,
             {controls(7, "every_cell", 5),
              edits(7, "every_cell", "clamp", {{1, -3, 10}, {3, -2, 30}, {10, -1, 36}, {30, -0.5, 60}})});
  EXPECT_NEAR(q8.value, 0.010, 1e-9) << "36 %";
  EXPECT_NEAR(q8.low, 0.003, 1e-9) << "30 %, whose upper bound reaches a third";
  EXPECT_NEAR(q8.high, 0.030, 1e-9) << "60 %, whose lower bound does";
  EXPECT_EQ(q8.finding, Finding::holds) << q8.because;
  EXPECT_NE(q8.because.find("95 %: 0.3 % to 3 %"), std::string::npos) << q8.because;
  const nlohmann::json& row = q8.figures.at(0).at("rows").at(0);
  EXPECT_EQ(row.at(3), "1 %");
  EXPECT_EQ(row.at(4), "0.3 % to 3 %");
  EXPECT_EQ(row.at(7), "none found") << "for 90 %";
  EXPECT_EQ(row.at(8), "");
}

TEST(FractionAnswer, IsOpenWhereNoLowerBoundReachesTheRate) {
  const Answer q8 = answer(answer_fraction, {controls(7, "every_cell", 5),
                                             edits(7, "every_cell", "clamp", {{1, -3, 10}, {3, -2, 36}})});
  EXPECT_NEAR(q8.value, 0.003, 1e-9);
  EXPECT_NEAR(q8.low, 0.003, 1e-9);
  EXPECT_TRUE(std::isnan(q8.high));
  EXPECT_EQ(q8.finding, Finding::undecided) << q8.because;
  EXPECT_EQ(q8.figures.at(0).at("rows").at(0).at(4), "0.3 % or more");
}

TEST(FractionAnswer, LooksOnlyAtTheEditChosenForEachFraction) {
  const Answer q8 =
      answer(answer_fraction,
             {controls(7, "every_cell", 5), edits(7, "every_cell", "clamp", {{3, -2, 10}, {10, -1, 70}}),
              edits(7, "every_cell", "mask", {{3, -2.5, 80}, {10, -0.5, 90}})});
  EXPECT_NEAR(q8.value, 0.010, 1e-9) << "the mask of 3 was luck on the scored levels";
  EXPECT_NE(q8.figures.at(0).at("rows").at(0).at(6).get<std::string>().find("mask of 10"), std::string::npos);
}

}  // namespace
}  // namespace mazescan
