#include "evaluator/questions/edit_answers.h"

#include <gtest/gtest.h>

#include "tests/evaluator/questions/made_up_edits.h"

// Tests verdicts on made-up results: the success rates of edits are chosen by the tests.
namespace mazescan::questions {
namespace {

// Success of the controls of a search, in per cent of the levels; negative: not computed.
struct MadeUpSearch {
  int no_limit = 60, patched = 50, twice = -1;  // twice negative: as the search itself
  bool none = false;
  int distance = kDistance;
};

// Returns an edit of 5 % of the activations, with the controls of its search.
std::vector<datasets::ResultShard> searched(int size, const std::string& name, const MadeUp& made,
                                            const MadeUpSearch& search, int levels = kLevels) {
  const auto facts = [&](const char* kind, const char* row_name, int activations) {
    edit::EditFacts found;
    found.kind = kind;
    found.name = row_name;
    found.text = fmt::format("clamp of {}", activations);
    found.fraction = found.largest_share = static_cast<double>(activations) / kActivations;
    found.choosing = made.choosing;
    return found;
  };
  edit::ExperimentResult control = experiment(size, name, edit::kControls, levels, 0, search.distance),
                         family = experiment(size, name, edit::kClampFamily, levels, 0, search.distance);
  add_row(control, facts(edit::kControlKind, edit::kNoEdit, 0), {0, 0, 0});
  control.clock.emplace();
  for (int l = 0; l < levels; ++l) control.clock->walks.push_back({l, true, kClock});
  family.budget = "60 steps";
  add_row(family, facts(edit::kEditKind, edit::kClampFamily, 50), made);
  if (!search.none) {
    add_row(control, facts(edit::kControlKind, edit::kPatched, 0), {0, 0, search.patched});
    add_row(family, facts(edit::kControlKind, edit::kNoLimit, kActivations), {0, 0, search.no_limit});
    MadeUp twice = made;
    if (search.twice >= 0) twice.percent = search.twice;
    add_row(family, facts(edit::kControlKind, edit::kTwice, 50), twice);
  }
  return {shard_of(size, control), shard_of(size, family)};
}

// Answers Q5 for mazes of sizes 21 and 25 and both corners, in which edits of 5 % of the activations succeed
// in `percent` of the levels. search: that of size 25, bottom-right.
findings::Answer corners(int percent, int of_one, int levels = kLevels, int steps = 10,
                         const MadeUpSearch& search = {}) {
  std::vector<datasets::ResultShard> shards;
  for (const int size : {21, 25})
    for (const char* corner : {"top_left", "bottom_right"}) {
      const bool one = size == 25 && corner == std::string("bottom_right");
      for (datasets::ResultShard& shard : searched(size, corner, {50, -1, one ? of_one : percent, steps},
                                                   one ? search : MadeUpSearch{}, levels))
        shards.push_back(std::move(shard));
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
  EXPECT_NE(q5.because.find("searched: 60 steps"), std::string::npos) << q5.because;
}

// "No edit was found" is a finding only of a search that finds what is there.
TEST(NoRetargetAnswer, IsNotDecidedByASearchThatIsTooShort) {
  const auto problem = [](const MadeUpSearch& search) {
    const findings::Answer q5 = corners(10, 15, kLevels, 10, search);
    EXPECT_EQ(q5.finding, findings::Finding::undecided) << q5.because;
    const size_t begin = q5.because.find("not decided by this search: ");
    EXPECT_NE(begin, std::string::npos) << q5.because;
    return begin == std::string::npos ? q5.because : q5.because.substr(begin);
  };
  MadeUpSearch search;
  search.none = true;
  for (const char* missing : {"not computed: the search without a limit",
                              "not computed: recovery of a known answer", "not computed: twice the steps"})
    EXPECT_NE(problem(search).find(missing), std::string::npos) << problem(search);
  search = {};
  search.no_limit = 32;
  search.patched = 20;
  EXPECT_EQ(problem(search),
            "not decided by this search: the search without a limit on the fraction: 32\u00a0% (size 25, "
            "bottom-right)");
  search = {};
  search.patched = 70;
  EXPECT_NE(problem(search).find("60\u00a0% where the answer has 70\u00a0%"), std::string::npos)
      << problem(search);
  search = {};
  search.twice = 18;
  EXPECT_NE(problem(search).find("twice the steps and search levels: 18\u00a0% after 15\u00a0%"),
            std::string::npos)
      << problem(search);
  search.twice = 16;
  EXPECT_EQ(corners(10, 15, kLevels, 10, search).finding, findings::Finding::holds);
  search = {};
  search.distance = kClock + 1;
  EXPECT_NE(problem(search).find("the optimal walker within T: 0"), std::string::npos) << problem(search);
}

// An edit that reaches the bar refutes the statement, however short the search was.
TEST(NoRetargetAnswer, FailsWithoutControlsOfTheSearch) {
  MadeUpSearch search;
  search.none = true;
  EXPECT_EQ(corners(5, 60, kLevels, 10, search).finding, findings::Finding::fails);
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
  EXPECT_EQ(q5.finding, findings::Finding::undecided) << "without controls of the search";
}

TEST(NoRetargetAnswer, HasAVerdictOfItsOwnAtThePolicysLargestSizes) {
  datasets::Results results;
  for (const int size : {19, 13})
    for (datasets::ResultShard& shard : searched(size, "top_left", {50, -1, size == 19 ? 10 : 90}, {}))
      results.shards.push_back(std::move(shard));
  const findings::Answer q5 = answer_no_retarget(results, {3, 5, 13, 17, 19});
  EXPECT_EQ(q5.finding, findings::Finding::not_applicable);
  ASSERT_EQ(q5.others.size(), 1U);
  EXPECT_EQ(q5.others[0].key, "own");
  EXPECT_EQ(q5.others[0].scope, "this policy's largest mazes, 17 and 19");
  EXPECT_EQ(q5.others[0].finding, findings::Finding::holds) << q5.others[0].because;
  EXPECT_NEAR(q5.others[0].value, 0.1, 1e-9) << "size 13 is not borrowed";
}

TEST(NoRetargetAnswer, IsNotApplicableInSmallMazes) {
  const findings::Answer q5 =
      answer(answer_no_retarget,
             {controls(19, "top_left", 0), edits(19, "top_left", edit::kClampFamily, {{50, -1, 90}})});
  EXPECT_EQ(q5.finding, findings::Finding::not_applicable);
  EXPECT_NE(q5.because.find("only sizes 19"), std::string::npos) << q5.because;
}

// Answers Q4 for mazes of size 7.
findings::Answer retarget(const MadeUp& made, double random = 0, int levels = kLevels) {
  return answer(answer_retarget, {controls(7, edit::kEveryCell, 5, levels),
                                  edits(7, edit::kEveryCell, edit::kClampFamily, {made}, levels, random)});
}

TEST(RetargetAnswer, HoldsWhereSampledAndGreedyReachTheBar) {
  const findings::Answer q4 = retarget({50, -1, 97});
  EXPECT_EQ(q4.finding, findings::Finding::holds) << q4.because;
  EXPECT_NEAR(q4.value, 0.97, 1e-9);
  EXPECT_GT(q4.low, 0.8);
  EXPECT_EQ(q4.measure, "normalised success at cells off the path, sampled, size 7");
}

TEST(RetargetAnswer, FailsWhereOnlyTheSampledMouseArrives) {
  const findings::Answer q4 = retarget({50, -1, 97, 10, 40});
  EXPECT_EQ(q4.finding, findings::Finding::fails) << q4.because;
  EXPECT_NEAR(q4.value, 0.4, 1e-9);
  EXPECT_EQ(q4.measure, "normalised success at cells off the path, greedy, size 7");
}

TEST(RetargetAnswer, CountsOnlyWalksWithinThreeTimesTheShortestPath) {
  EXPECT_EQ(retarget({50, -1, 97, 3 * kDistance}).finding, findings::Finding::holds);
  const findings::Answer late = retarget({50, -1, 97, 3 * kDistance + 1});
  EXPECT_EQ(late.finding, findings::Finding::fails) << late.because;
  EXPECT_EQ(late.value, 0);
}

// A mouse that is no better than the random one fails, however often it arrives; the same rates hold where
// the random mouse never arrives.
TEST(RetargetAnswer, ARandomMouseFails) {
  const findings::Answer q4 = retarget({50, -1, 95}, 0.95);
  EXPECT_EQ(q4.finding, findings::Finding::fails) << q4.because;
  EXPECT_NEAR(q4.value, 0, 1e-9);
  EXPECT_LT(q4.low, 0);
  EXPECT_EQ(retarget({50, -1, 95}, 0).finding, findings::Finding::holds);
  const findings::Answer between = retarget({50, -1, 90}, 0.8);
  EXPECT_NEAR(between.value, 0.5, 1e-9) << "half of what the random mouse misses";
  EXPECT_EQ(between.finding, findings::Finding::fails) << between.because;
}

TEST(RetargetAnswer, LooksOnlyAtTargetsOffThePath) {
  edit::ExperimentResult result = experiment(7, edit::kEveryCell, edit::kClampFamily, kLevels);
  edit::EditFacts facts;
  facts.kind = edit::kEditKind;
  facts.text = "clamp";
  facts.fraction = facts.largest_share = 0.05;
  add_row(result, facts, {50, -1, 50});
  for (int c = 0; c < kLevels; ++c) result.cases[static_cast<size_t>(c)].off_path = c < 50 ? 0 : 2;
  const findings::Answer q4 =
      answer(answer_retarget, {controls(7, edit::kEveryCell, 5), shard_of(7, result)});
  EXPECT_EQ(q4.value, 0) << "all successes are on the path";
  EXPECT_EQ(q4.n, kLevels / 2);
}

}  // namespace
}  // namespace mazescan::questions
