#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "evaluator/questions/edit_answers.h"
#include "tests/evaluator/questions/made_up_edits.h"

// Tests the verdicts of Q8 on made-up results.
namespace mazescan::questions {
namespace {

// Returns a column of a row of Q8's table.
nlohmann::json column(const nlohmann::json& row, const std::string& name) {
  const std::vector<std::string> columns = {
      "size",    "target", "rate",         "random mouse",         "no edit", "fraction", "between", "95 %",
      "sampled", "greedy", "of its layer", "of the narrowest cut", "rank",    "edit"};
  return row.at(static_cast<size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin()));
}

findings::Answer fraction(const std::vector<MadeUp>& made, double random = 0) {
  return answer(answer_fraction, {controls(7, edit::kEveryCell, 5),
                                  edits(7, edit::kEveryCell, edit::kClampFamily, made, kLevels, random)});
}

// The fraction that is needed is not one of those that were tried, so it lies between two of them.
TEST(FractionAnswer, LiesBetweenTheFractionsThatWereTried) {
  const findings::Answer q8 = fraction({{1, -3, 10}, {3, -2, 30}, {10, -1, 36}, {30, -0.5, 60}});
  EXPECT_NEAR(q8.value, 0.010, 1e-9) << "36 %";
  EXPECT_NEAR(q8.low, 0.001, 1e-9) << "the fraction before 30 %, whose upper bound reaches a third";
  EXPECT_NEAR(q8.high, 0.030, 1e-9) << "60 %, whose lower bound does";
  EXPECT_EQ(q8.finding, findings::Finding::holds) << q8.because;
  EXPECT_NE(q8.because.find(
                "between the fractions tried: 0.3 % to 1 %, with 95 % bounds of their success: 0.1 % to 3 %"),
            std::string::npos)
      << q8.because;
  const nlohmann::json& rows = q8.figures.at(0).at("rows");
  EXPECT_EQ(column(rows.at(0), "rate"), "33 %");
  EXPECT_EQ(column(rows.at(0), "fraction"), "1 %");
  EXPECT_EQ(column(rows.at(0), "between"), "0.3 % to 1 %");
  EXPECT_EQ(column(rows.at(0), "95 %"), "0.1 % to 3 %");
  EXPECT_EQ(column(rows.at(1), "rate"), "90 %");
  EXPECT_EQ(column(rows.at(1), "fraction"), "none found");
  EXPECT_EQ(column(rows.at(1), "between"), "");
}

// The edits between the fractions are those of one family; at each of them the best edit so far counts.
TEST(FractionAnswer, IsNarrowedDownByFractionsThatOneFamilyTried) {
  const findings::Answer q8 =
      answer(answer_fraction,
             {controls(7, edit::kEveryCell, 5),
              edits(7, edit::kEveryCell, edit::kClampFamily, {{3, -3, 0}, {4, -2.8, 90}, {10, -2, 0}}),
              edits(7, edit::kEveryCell, edit::kMaskFamily,
                    {{3, -2.5, 0}, {5, -2.4, 10}, {7, -2.2, 12}, {8, -1.5, 97}, {10, -1.8, 20}})});
  EXPECT_NEAR(q8.value, 0.008, 1e-9) << "not the clamp of 4, which is worse on the choosing levels";
  EXPECT_NEAR(q8.low, 0.007, 1e-9);
  EXPECT_NEAR(q8.high, 0.008, 1e-9);
  const nlohmann::json& row = q8.figures.at(0).at("rows").at(0);
  EXPECT_EQ(column(row, "between"), "0.7 % to 0.8 %");
  // The curve has each edit once; the mask of 10 is worse than that of 8.
  EXPECT_EQ(q8.figures.at(1).at("series").at(0).at("points").size(), 4U);
}

// An edit that changes fewer activations than it may is smaller than the allowances that fail.
TEST(FractionAnswer, FailsForAllowancesNotForActivations) {
  edit::ExperimentResult result = experiment(7, edit::kEveryCell, edit::kClampFamily, kLevels);
  result.narrowest_cut = edit::CutFacts{"embedder.block2.maxpool", 20};
  for (const auto& [allowed, made] : {std::pair<int, MadeUp>{9, {2, -2, 0}}, {30, {12, -1, 100}}}) {
    edit::EditFacts facts;
    facts.kind = edit::kEditKind;
    facts.text = "clamp";
    facts.fraction = static_cast<double>(allowed) / kActivations;
    facts.largest_share = static_cast<double>(made.activations) / kActivations;
    facts.activations = made.activations;
    facts.choosing = made.choosing;
    facts.share_of_layer = 0.25;
    facts.cut = allowed == 9;
    facts.change = edit::ChangeFacts{6, 256};
    add_row(result, facts, made);
  }
  const findings::Answer q8 =
      answer(answer_fraction, {controls(7, edit::kEveryCell, 5), shard_of(7, result)});
  EXPECT_NEAR(q8.low, 0.009, 1e-9) << "no edit of at most 9 activations was found";
  EXPECT_NEAR(q8.value, 0.012, 1e-9);
  const nlohmann::json& row = q8.figures.at(0).at("rows").at(0);
  EXPECT_EQ(column(row, "of its layer"), "25 %");
  EXPECT_EQ(column(row, "of the narrowest cut"), "60 %");
  EXPECT_EQ(column(row, "rank"), 6);
  EXPECT_NE(
      q8.because.find("25 % of the layer, which some paths go around; the narrowest layer that every path "
                      "passes has 20 activations; over 256 states the change has rank 6"),
      std::string::npos)
      << q8.because;
}

// An edit of 7 activations is needed, so those of 3 do nothing and those of 10 always succeed.
TEST(FractionAnswer, HoldsTheTrueFractionOfASharpEdit) {
  const findings::Answer q8 = fraction({{1, -3, 0}, {3, -2, 1}, {10, -1, 100}, {30, -0.5, 100}});
  EXPECT_NEAR(q8.value, 0.010, 1e-9);
  EXPECT_NEAR(q8.low, 0.003, 1e-9);
  EXPECT_NEAR(q8.high, 0.010, 1e-9);
  EXPECT_LT(q8.low, 0.007);
  EXPECT_GT(q8.high, 0.007);
  const findings::Answer first = fraction({{3, -2, 100}});
  EXPECT_EQ(first.low, 0) << "no smaller fraction was tried";
  EXPECT_NE(first.because.find("at most 0.3 %"), std::string::npos) << first.because;
}

TEST(FractionAnswer, ARandomMouseNeedsNoEditAndProvesNone) {
  const findings::Answer q8 = fraction({{1, -3, 70}, {30, -0.5, 71}}, 0.7);
  EXPECT_EQ(q8.finding, findings::Finding::undecided) << q8.because;
  EXPECT_NE(q8.because.find("none was found at size 7"), std::string::npos) << q8.because;
  EXPECT_EQ(fraction({{1, -3, 70}, {30, -0.5, 71}}).finding, findings::Finding::holds);
}

TEST(FractionAnswer, CountsTheGreedyMouseToo) {
  const findings::Answer q8 = fraction({{3, -2, 60, 10, 5}, {10, -1, 60, 10, 60}});
  EXPECT_NEAR(q8.value, 0.010, 1e-9);
}

TEST(FractionAnswer, IsOpenWhereNoLowerBoundReachesTheRate) {
  const findings::Answer q8 = fraction({{1, -3, 10}, {3, -2, 36}});
  EXPECT_NEAR(q8.value, 0.003, 1e-9);
  EXPECT_NEAR(q8.low, 0.001, 1e-9);
  EXPECT_TRUE(std::isnan(q8.high));
  EXPECT_EQ(q8.finding, findings::Finding::undecided) << q8.because;
  EXPECT_EQ(column(q8.figures.at(0).at("rows").at(0), "95 %"), "more than 0.1 %");
}

TEST(FractionAnswer, LooksOnlyAtTheEditChosenForEachFraction) {
  const findings::Answer q8 = answer(
      answer_fraction, {controls(7, edit::kEveryCell, 5),
                        edits(7, edit::kEveryCell, edit::kClampFamily, {{3, -2, 10}, {10, -1, 70}}),
                        edits(7, edit::kEveryCell, edit::kMaskFamily, {{3, -2.5, 80}, {10, -0.5, 90}})});
  EXPECT_NEAR(q8.value, 0.010, 1e-9) << "the mask of 3 was luck on the scored levels";
  EXPECT_EQ(column(q8.figures.at(0).at("rows").at(0), "edit"), "mask of 10");
}

}  // namespace
}  // namespace mazescan::questions
