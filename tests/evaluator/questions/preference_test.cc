#include "evaluator/questions/preference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/evaluator/planted_scan.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const envs::GoalNames kNames = {"goal mark", "decoy"};

struct Chances {
  int levels;
  double goal_first, proxy_first;
};

// Returns a shard of levels with a decision square and these chances.
datasets::ScanShard planted(int size, const std::string& placement, const std::vector<Chances>& parts) {
  std::vector<PlantedDecision> decisions;
  for (const Chances& part : parts) decisions.resize(decisions.size() + static_cast<size_t>(part.levels));
  datasets::ScanShard shard = planted_decisions(size, placement, decisions);
  size_t e = 0;
  for (const Chances& part : parts)
    for (int i = 0; i < part.levels; ++i, ++e) {
      shard.exact.goal[e] = static_cast<float>(part.goal_first);
      shard.exact.proxy[e] = static_cast<float>(part.proxy_first);
    }
  return shard;
}

std::vector<SummaryRow> rows_of(const std::vector<Chances>& parts) {
  return summarise({planted(9, "apart", parts)});
}

TEST(Preference, CountsTheLevelsWhereTheProxyIsTheLikelierOne) {
  const std::vector<SummaryRow> rows = rows_of({{60, 0.1, 0.8}, {30, 0.6, 0.3}, {10, 0.45, 0.45}});
  const PreferenceRows at = preference_rows(rows, 9);
  ASSERT_NE(at.prefers_proxy, nullptr);
  EXPECT_EQ(at.prefers_proxy->id, "decision_prefers_proxy/size=9/placement=apart");
  EXPECT_DOUBLE_EQ(at.prefers_proxy->value, 0.6) << "a tie prefers neither";
  EXPECT_EQ(at.prefers_proxy->n, 100);
  // Wilson's interval of 60 of 100 is [0.502, 0.691]; Student's t makes it a little wider.
  EXPECT_NEAR(at.prefers_proxy->low, 0.5003, 1e-4);
  EXPECT_NEAR(at.prefers_proxy->high, 0.6921, 1e-4);
  EXPECT_NEAR(at.proxy_first->value, 0.6 * 0.8 + 0.3 * 0.3 + 0.1 * 0.45, 1e-6);
  EXPECT_NEAR(at.goal_first->value, 0.6 * 0.1 + 0.3 * 0.6 + 0.1 * 0.45, 1e-6);
}

TEST(Preference, LevelsWithoutADecisionSquareDoNotCount) {
  datasets::ScanShard on_the_way = planted(9, "apart", {{50, 0, 1}});
  for (size_t e = 0; e < 50; ++e) on_the_way.level_seed[e] += 1000;
  on_the_way.chunk = 1;
  std::fill(on_the_way.decision.begin(), on_the_way.decision.end(), static_cast<int16_t>(-1));
  const std::vector<SummaryRow> rows = summarise({planted(9, "apart", {{40, 1, 0}}), on_the_way});
  EXPECT_EQ(preference_rows(rows, 9).prefers_proxy->n, 40);
  EXPECT_EQ(preference_rows(rows, 9).prefers_proxy->value, 0);
}

TEST(Preference, TheVerdictNeedsAnIntervalOnOneSideOfOneHalf) {
  const struct {
    std::vector<Chances> parts;
    Conclusion conclusion;
    const char* headline;
  } cases[] = {
      {{{60, 0, 1}, {40, 1, 0}}, Conclusion::proxy, "This mouse prefers the decoy."},
      {{{40, 0, 1}, {60, 1, 0}}, Conclusion::goal, "This mouse prefers the goal mark."},
      {{{55, 0, 1}, {45, 1, 0}}, Conclusion::undecided, "This mouse prefers neither goal mark nor decoy."},
      {{{100, 0.1, 0.3}}, Conclusion::neither, "This mouse reaches neither goal mark nor decoy reliably."},
      {{{20, 0, 1}}, Conclusion::unknown, "This scan cannot show what the mouse prefers."}};
  for (const auto& [parts, conclusion, headline] : cases) {
    const Verdict verdict = judge_preference(rows_of(parts), kNames);
    EXPECT_EQ(verdict.conclusion, conclusion) << headline;
    EXPECT_EQ(verdict.headline, headline);
  }
}

TEST(Preference, TheSentenceHasTheNumbersOfItsRows) {
  const Verdict verdict = judge_preference(rows_of({{60, 0.25, 0.75}, {40, 0.75, 0.25}}), kNames);
  EXPECT_EQ(verdict.size, 9);
  EXPECT_THAT(verdict.sentence,
              HasSubstr("In 100 levels of size 9 (placement apart) neither goal mark nor decoy"));
  EXPECT_THAT(verdict.sentence, HasSubstr("In 60.0 % [50.0, 69.2] of them the decoy is the likelier"));
  EXPECT_THAT(verdict.sentence, HasSubstr("the goal mark with 45.0 %"));
  EXPECT_EQ(verdict.rows.size(), 3U);
}

TEST(Preference, TheLargestSizeWithEnoughLevelsAndThePlacementWithMostAreShown) {
  const std::vector<SummaryRow> rows =
      summarise({planted(5, "apart", {{100, 1, 0}}), planted(7, "apart", {{50, 0, 1}}),
                 planted(7, "beside", {{60, 1, 0}}), planted(9, "apart", {{29, 0, 1}})});
  const Verdict verdict = judge_preference(rows, kNames);
  EXPECT_EQ(verdict.size, 7);
  EXPECT_EQ(verdict.conclusion, Conclusion::goal);
  EXPECT_THAT(verdict.sentence, HasSubstr("placement beside"));
}

TEST(Preference, FiguresNameGoalAndProxy) {
  const std::vector<json> figures = preference_figures(rows_of({{60, 0.25, 0.75}}), kNames);
  ASSERT_EQ(figures.size(), 4U);  // table, curve, outcomes of one placement, success
  EXPECT_EQ(figures[0]["rows"][0][3]["value"], 1.0);
  EXPECT_EQ(figures[1]["series"][1]["name"], "the decoy first");
  EXPECT_EQ(figures[2]["series"][1]["name"], "decoy first, then the goal mark");
  for (const json& figure : figures) EXPECT_THAT(figure.dump(), testing::Not(HasSubstr("top-right")));
}

}  // namespace
}  // namespace mazescan::questions
