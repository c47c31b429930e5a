#include "evaluator/questions/edit_answers.h"

#include <gtest/gtest.h>

#include "evaluator/analyses/edit/schema.h"
#include "evaluator/questions/edit_results.h"

// Tests verdicts on made-up results: the success rates of edits are chosen by the tests.
namespace mazescan::questions {
namespace {

constexpr int kLevels = 100, kClock = 40;  // levels of each size; steps of every walk to the cheese
constexpr int kActivations = 1000;         // activations of the network

// Describes a made-up edit: its number of activations, its score on the levels for choosing, and its success
// rate in per cent of the levels.
struct MadeUp {
  int activations = 0;
  double choosing = 0;
  int percent = 0;
  int steps = 10;  // steps of the walks that arrive
};

// Adds a row; its successes are in the first levels.
void add_row(edit::ExperimentResult& result, const edit::EditFacts& facts, const MadeUp& made) {
  edit::EditRow row;
  row.facts = facts;
  const auto levels = static_cast<int>(result.levels.size());
  for (int c = 0; c < levels; ++c) {
    row.sampled.reached.push_back(100 * c < made.percent * levels ? 1 : 0);
    row.sampled.steps.push_back(row.sampled.reached.back() != 0 ? made.steps : 500);
    row.log.push_back(-1);
  }
  row.greedy = row.sampled;
  result.rows.push_back(std::move(row));
}

// Returns an experiment with one target per level, off the path to the top-right corner.
edit::ExperimentResult experiment(int size, const std::string& name, const std::string& family, int levels) {
  edit::ExperimentResult result;
  result.experiment = name;
  result.family = family;
  result.activations_of_network = kActivations;
  for (int l = 0; l < levels; ++l) {
    result.levels.emplace_back();
    result.levels.back().seed = l;
    result.levels.back().open.resize(static_cast<size_t>(size) * size);
    result.cases.push_back({l, envs::kStart, 0, 3});
  }
  return result;
}
datasets::ResultShard shard_of(int size, const edit::ExperimentResult& result) {
  return datasets::result_shard(
      datasets::kEdit, {size, edit::edit_subject(result.experiment, result.family), 0}, "key", result);
}

// Returns the controls of a size and experiment; without an edit, `percent` of the levels succeed.
datasets::ResultShard controls(int size, const std::string& name, int percent, int levels = kLevels) {
  edit::ExperimentResult result = experiment(size, name, edit::kControls, levels);
  edit::EditFacts facts;
  facts.kind = edit::kControlKind;
  facts.name = edit::kNoEdit;
  add_row(result, facts, {0, 0, percent});
  result.clock.emplace();
  for (int l = 0; l < levels; ++l) result.clock->walks.push_back({l, true, kClock});
  return shard_of(size, result);
}

datasets::ResultShard edits(int size, const std::string& name, const std::string& family,
                            const std::vector<MadeUp>& made, int levels = kLevels) {
  edit::ExperimentResult result = experiment(size, name, family, levels);
  for (const MadeUp& each : made) {
    const double share = static_cast<double>(each.activations) / kActivations;
    edit::EditFacts facts;
    facts.kind = edit::kEditKind;
    facts.name = family;
    facts.text = fmt::format("{} of {}", family, each.activations);
    facts.fraction = facts.largest_share = share;
    facts.activations = each.activations;
    facts.share = edit::ShareFacts{0, share, share, share};
    facts.choosing = each.choosing;
    add_row(result, facts, each);
  }
  return shard_of(size, result);
}

using Answering = findings::Answer (*)(const datasets::Results&);
findings::Answer answer(Answering question, std::vector<datasets::ResultShard> shards) {
  datasets::Results results;
  results.shards = std::move(shards);
  return question(results);
}

// Answers Q5 for mazes of sizes 21 and 25 and both corners, in which edits of 5 % of the activations succeed
// in `percent` of the levels.
findings::Answer corners(int percent, int of_one, int levels = kLevels, int steps = 10) {
  std::vector<datasets::ResultShard> shards;
  for (const int size : {21, 25})
    for (const char* corner : {"top_left", "bottom_right"}) {
      const bool one = size == 25 && corner == std::string("bottom_right");
      shards.push_back(controls(size, corner, 0, levels));
      shards.push_back(
          edits(size, corner, edit::kClampFamily, {{50, -1, one ? of_one : percent, steps}}, levels));
    }
  return answer(answer_no_retarget, std::move(shards));
}

TEST(NoRetargetAnswer, HoldsForTheFamiliesSearchedWhereAllUpperBoundsStayBelowAThird) {
  const findings::Answer q5 = corners(10, 15);
  EXPECT_EQ(q5.finding, findings::Finding::holds) << q5.because;
  EXPECT_NE(q5.because.find("it holds for the families searched"), std::string::npos) << q5.because;
  EXPECT_NEAR(q5.value, 0.15, 1e-9) << "the best of them";
  EXPECT_LT(q5.high, 1.0 / 3);
  EXPECT_EQ(q5.n, kLevels);
  EXPECT_EQ(q5.measure, "success within T, bottom-right, size 25");
}

TEST(NoRetargetAnswer, FailsWhereTheLowerBoundOfOneEditReachesAThird) {
  const findings::Answer q5 = corners(5, 60);
  EXPECT_EQ(q5.finding, findings::Finding::fails) << q5.because;
  EXPECT_NEAR(q5.value, 0.6, 1e-9);
  EXPECT_GT(q5.low, 1.0 / 3);
  EXPECT_NE(q5.because.find("clamp of 50, bottom-right, at size 25"), std::string::npos) << q5.because;
  EXPECT_NE(q5.because.find("without an edit 0\u00a0%"), std::string::npos) << q5.because;
}

TEST(NoRetargetAnswer, IsUndecidedNearAThird) {
  for (const int percent : {30, 36}) {
    const findings::Answer q5 = corners(5, percent);
    EXPECT_EQ(q5.finding, findings::Finding::undecided) << q5.because;
    EXPECT_EQ(q5.because.find("too few levels"), std::string::npos) << q5.because;
  }
}

TEST(NoRetargetAnswer, GivesNoVerdictFromTooFewLevels) {
  for (const int percent : {0, 100}) {
    const findings::Answer q5 = corners(0, percent, 29);
    EXPECT_EQ(q5.finding, findings::Finding::undecided) << q5.because;
    EXPECT_NE(q5.because.find("too few levels for a verdict"), std::string::npos) << q5.because;
  }
}

TEST(NoRetargetAnswer, CountsOnlyWalksWithinT) {
  const findings::Answer q5 = corners(100, 100, kLevels, kClock + 1);
  EXPECT_EQ(q5.finding, findings::Finding::holds) << q5.because;
  EXPECT_EQ(q5.value, 0);
  EXPECT_EQ(corners(100, 100, kLevels, kClock).finding, findings::Finding::fails);
}

TEST(NoRetargetAnswer, JudgesTheEditsThatWereBestOnChoosingLevels) {
  const findings::Answer q5 =
      answer(answer_no_retarget,
             {controls(25, "top_left", 0), edits(25, "top_left", edit::kClampFamily, {{50, -0.5, 10}}),
              edits(25, "top_left", edit::kMaskFamily, {{90, -0.6, 80}, {200, 0, 90}})});
  EXPECT_NEAR(q5.value, 0.1, 1e-9) << "the masks succeed more often, which only the scored levels show";
  EXPECT_EQ(q5.finding, findings::Finding::holds);
}

TEST(NoRetargetAnswer, IsNotApplicableInSmallMazes) {
  const findings::Answer q5 =
      answer(answer_no_retarget,
             {controls(19, "top_left", 0), edits(19, "top_left", edit::kClampFamily, {{50, -1, 90}})});
  EXPECT_EQ(q5.finding, findings::Finding::not_applicable);
  EXPECT_NE(q5.because.find("only sizes 19 were edited"), std::string::npos) << q5.because;
}

TEST(FractionAnswer, HasAnIntervalFromTheBoundsOfTheEdits) {
  const findings::Answer q8 = answer(
      answer_fraction,
      {controls(7, edit::kEveryCell, 5), edits(7, edit::kEveryCell, edit::kClampFamily,
                                               {{1, -3, 10}, {3, -2, 30}, {10, -1, 36}, {30, -0.5, 60}})});
  EXPECT_NEAR(q8.value, 0.010, 1e-9) << "36 %";
  EXPECT_NEAR(q8.low, 0.003, 1e-9) << "30 %, whose upper bound reaches a third";
  EXPECT_NEAR(q8.high, 0.030, 1e-9) << "60 %, whose lower bound does";
  EXPECT_EQ(q8.finding, findings::Finding::holds) << q8.because;
  EXPECT_NE(q8.because.find("95 %: 0.3 % to 3 %"), std::string::npos) << q8.because;
  const nlohmann::json& row = q8.figures.at(0).at("rows").at(0);
  EXPECT_EQ(row.at(3), "1 %");
  EXPECT_EQ(row.at(4), "0.3 % to 3 %");
  EXPECT_EQ(row.at(7), "none found") << "for 90 %";
  EXPECT_EQ(row.at(8), "");
}

TEST(FractionAnswer, IsOpenWhereNoLowerBoundReachesTheRate) {
  const findings::Answer q8 =
      answer(answer_fraction, {controls(7, edit::kEveryCell, 5),
                               edits(7, edit::kEveryCell, edit::kClampFamily, {{1, -3, 10}, {3, -2, 36}})});
  EXPECT_NEAR(q8.value, 0.003, 1e-9);
  EXPECT_NEAR(q8.low, 0.003, 1e-9);
  EXPECT_TRUE(std::isnan(q8.high));
  EXPECT_EQ(q8.finding, findings::Finding::undecided) << q8.because;
  EXPECT_EQ(q8.figures.at(0).at("rows").at(0).at(4), "0.3 % or more");
}

TEST(FractionAnswer, LooksOnlyAtTheEditChosenForEachFraction) {
  const findings::Answer q8 = answer(
      answer_fraction, {controls(7, edit::kEveryCell, 5),
                        edits(7, edit::kEveryCell, edit::kClampFamily, {{3, -2, 10}, {10, -1, 70}}),
                        edits(7, edit::kEveryCell, edit::kMaskFamily, {{3, -2.5, 80}, {10, -0.5, 90}})});
  EXPECT_NEAR(q8.value, 0.010, 1e-9) << "the mask of 3 was luck on the scored levels";
  EXPECT_NE(q8.figures.at(0).at("rows").at(0).at(6).get<std::string>().find("mask of 10"), std::string::npos);
}

}  // namespace
}  // namespace mazescan::questions
