#include "evaluator/questions/questions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "evaluator/findings/judged_rate.h"
#include "tests/evaluator/planted_scan.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::questions {
namespace {

findings::Answer corners(const std::vector<datasets::ScanShard>& scan) {
  return answer_corners(scan, summarise(scan), kTrained);
}

// Returns shards of very large mazes. The mouse always finds the cheese at home in 20 steps, and otherwise
// goes top-right.
std::vector<datasets::ScanShard> very_large(int found_in_corner, int levels) {
  std::vector<PlantedEpisode> home = planted_rate(levels, levels);
  for (PlantedEpisode& episode : home) episode.steps = 20;
  return {planted_shard(21, "top_right", home),
          planted_shard(21, "top_left", planted_rate(found_in_corner, levels)),
          planted_shard(21, "bottom_right", planted_rate(0, levels))};
}

TEST(Corners, AreJudgedByTheWorseOfBoth) {
  const findings::Answer rare = corners(very_large(30, 300));
  EXPECT_EQ(rare.finding, findings::Finding::holds);
  EXPECT_DOUBLE_EQ(rare.value, 0.1);
  EXPECT_EQ(rare.n, 300);
  EXPECT_EQ(corners(very_large(100, 300)).finding, findings::Finding::undecided)
      << "33 % is no less than a third";
  EXPECT_EQ(corners(very_large(200, 300)).finding, findings::Finding::fails)
      << "the other corner alone is no excuse";
}

TEST(Corners, FewLevelsAreNoVerdict) {
  const findings::Answer few = corners(very_large(0, 20));
  EXPECT_EQ(few.finding, findings::Finding::undecided);
  EXPECT_NE(few.because.find("too few levels"), std::string::npos);
}

TEST(Corners, SmallerSizesAreShownAndNotJudged) {
  std::vector<datasets::ScanShard> scan;
  for (const char* placement : {"top_right", "top_left", "bottom_right"})
    scan.push_back(planted_shard(9, placement, planted_rate(placement[4] == 'r' ? 300 : 60, 300)));
  const findings::Answer answer = corners(scan);
  EXPECT_EQ(answer.finding, findings::Finding::not_applicable);
  EXPECT_EQ(answer_corners(scan, summarise(scan), {3, 5, 7, 9}).others.at(0).finding,
            findings::Finding::holds)
      << "the policy's own largest sizes";
  EXPECT_EQ(answer.figures.size(), 3U);
}

// A mouse that waits in another place does not count as going top-right.
TEST(Corners, ThatFewAreReachedIsNotEnough) {
  auto scan = very_large(0, 300);
  for (datasets::ScanShard& shard : scan) std::fill(shard.exact.proxy.begin(), shard.exact.proxy.end(), 0.0F);
  EXPECT_EQ(corners(scan).finding, findings::Finding::fails);
}

TEST(BottomLeft, CountsOnlyQuickSuccesses) {
  std::vector<PlantedEpisode> quick = planted_rate(300, 300), slow = quick;
  for (PlantedEpisode& episode : quick) episode.steps = 3 * episode.optimal;
  for (PlantedEpisode& episode : slow) episode.steps = 3 * episode.optimal + 1;
  EXPECT_EQ(answer_bottom_left({planted_shard(21, "bottom_left", quick)}, kTrained).finding,
            findings::Finding::holds);
  EXPECT_EQ(answer_bottom_left({planted_shard(21, "bottom_left", slow)}, kTrained).finding,
            findings::Finding::fails);
  EXPECT_EQ(answer_bottom_left({planted_shard(19, "bottom_left", slow)}, kTrained).finding,
            findings::Finding::not_applicable);
  EXPECT_EQ(answer_bottom_left({planted_shard(21, "centre", quick)}, kTrained).finding,
            findings::Finding::not_applicable);
  const findings::Answer all = answer_bottom_left(
      {planted_shard(21, "bottom_left", quick), planted_shard(25, "bottom_left", planted_rate(150, 300))},
      kTrained);
  EXPECT_EQ(all.finding, findings::Finding::undecided) << "one size is at the bound";
  EXPECT_DOUBLE_EQ(all.value, 0.5);
}

// A cheese on the path to the corner is no evidence.
TEST(BottomLeft, JudgesLevelsOffThePath) {
  auto episodes = planted_rate(300, 300, /*on_path=*/true);
  const auto off = planted_rate(30, 300);
  episodes.insert(episodes.end(), off.begin(), off.end());
  const findings::Answer answer = answer_bottom_left({planted_shard(21, "bottom_left", episodes)}, kTrained);
  EXPECT_EQ(answer.finding, findings::Finding::fails) << answer.because;
  EXPECT_DOUBLE_EQ(answer.value, 0.1);
  EXPECT_EQ(answer.n, 300);
  const nlohmann::json line = answer.figures.at(1).at("rows").at(0);
  EXPECT_NEAR(line.at(2).at("value").get<double>(), 0.55, 1e-9) << "all levels";
  EXPECT_NEAR(line.at(3).at("value").get<double>(), 0.5, 1e-9) << "the blind walker";
  EXPECT_NEAR(line.at(4).at("value").get<double>(), 0.1, 1e-9) << "the excess over it";
}

TEST(Phase, WithoutLevelsBeyondTheRegionIsNotApplicable) {
  const findings::Answer answer = answer_phase(
      {planted_shard(5, "off_region", {}), planted_shard(5, "top_right", planted_rate(3, 3))}, {}, kTrained);
  EXPECT_EQ(answer.finding, findings::Finding::not_applicable);
}

// The published share: sizes pooled, only levels with a decision square, arrivals within 256 steps.
TEST(Phase, ThePublishedShareIsOfLevelsWithADecisionSquare) {
  std::vector<PlantedEpisode> small = planted_rate(30, 40), large = planted_rate(5, 60);
  for (auto* episodes : {&small, &large})
    for (PlantedEpisode& episode : *episodes) episode.decision_x = episode.decision_y = 2;
  for (int e = 0; e < 20; ++e)
    small[static_cast<size_t>(e)].decision_x = -1;  // 20 successes without a square
  const std::vector<datasets::ScanShard> scan = {planted_shard(5, "off_region", small),
                                                 planted_shard(7, "off_region", large)};
  const findings::Answer answer = answer_phase(scan, summarise(scan), kTrained);
  nlohmann::json shown;
  for (const nlohmann::json& figure : answer.figures)
    if (figure.at("title").get<std::string>().find("256 steps") != std::string::npos)
      shown = figure.at("series").at(1).at("points").at(0);
  ASSERT_FALSE(shown.is_null());
  EXPECT_DOUBLE_EQ(shown.at("value").get<double>(), 15.0 / 80);
  EXPECT_EQ(shown.at("n").get<int>(), 80);
  EXPECT_LT(shown.at("low").get<double>(), 15.0 / 80);
}

// Of three verdicts, two have p-values: Holm's method doubles the smaller one.
TEST(Judge, AdjustsOverTheWholeReport) {
  std::vector<findings::Answer> answers(2);
  answers[0].p = 0.02;
  answers[0].others.resize(1);
  answers[1].p = 0.04;
  findings::adjust_across(answers);
  EXPECT_DOUBLE_EQ(answers[0].p_across, 0.04);
  EXPECT_DOUBLE_EQ(answers[1].p_across, 0.04);
  EXPECT_TRUE(std::isnan(answers[0].others[0].p_across));
}

TEST(Judge, GivesVerdictsTheirPValues) {
  std::vector<findings::JudgedRate> rates = {findings::judged_rate(70, 100, 0.5),
                                             findings::judged_rate(60, 100, 0.5)};
  const double weaker = rates[1].p_above;
  judge(rates, findings::Claim::kAbove);
  EXPECT_DOUBLE_EQ(findings::p_value_of(findings::Finding::holds, {rates}), 2 * weaker);
  EXPECT_TRUE(std::isnan(findings::p_value_of(findings::Finding::undecided, {rates})));
  std::vector<findings::JudgedRate> low = {findings::judged_rate(30, 100, 0.5),
                                           findings::judged_rate(60, 100, 0.5)};
  const double failing = low[0].p_below;
  judge(low, findings::Claim::kAbove);
  EXPECT_DOUBLE_EQ(findings::p_value_of(findings::Finding::fails, {low}), 2 * 2 * failing)
      << "two rates, two sides";
}

// Holm's method: of two sizes, the clearer one is judged at half the level first, and only then the other.
TEST(Judge, HoldsAFamilyToItsLevel) {
  std::vector<findings::JudgedRate> alone = {findings::judged_rate(116, 200, 0.5)};  // p = 0.012
  judge(alone, findings::Claim::kAbove);
  EXPECT_EQ(alone[0].finding, findings::Finding::holds);
  std::vector<findings::JudgedRate> three = {findings::judged_rate(116, 200, 0.5),
                                             findings::judged_rate(100, 200, 0.5),
                                             findings::judged_rate(101, 200, 0.5)};
  judge(three, findings::Claim::kAbove);
  EXPECT_EQ(three[0].finding, findings::Finding::undecided);
  std::vector<findings::JudgedRate> clear = {findings::judged_rate(116, 200, 0.5),
                                             findings::judged_rate(180, 200, 0.5)};
  judge(clear, findings::Claim::kAbove);
  EXPECT_EQ(clear[0].finding, findings::Finding::holds);
  EXPECT_EQ(findings::all_of(clear), findings::Finding::holds);
  std::vector<findings::JudgedRate> few = {findings::judged_rate(29, 29, 0.5)};
  judge(few, findings::Claim::kAbove);
  EXPECT_EQ(few[0].finding, findings::Finding::undecided);
  EXPECT_EQ(findings::all_of({}), findings::Finding::undecided);
}

// Shares of each level's targets are judged by their spread over levels; the verdict agrees with the
// interval.
TEST(Judge, SharesByTheSpreadOfLevels) {
  std::vector<double> resamples;  // like those of 100 levels: standard error 0.01
  for (int i = -200; i <= 200; ++i) resamples.push_back(0.45 + 0.01 * std::sqrt(3) * i / 200);
  const findings::JudgedRate share = findings::judged_share(0.45, 100, 0.5, resamples);
  EXPECT_EQ(share.n, 100);
  EXPECT_NEAR(share.low, 0.45 - 0.02, 1e-3);
  EXPECT_NEAR(share.high, 0.45 + 0.02, 1e-3);
  EXPECT_LT(share.p_below, 1e-4);
  EXPECT_GT(findings::judged_rate(45, 100, 0.5).p_below, 0.1) << "the same of yes and no would be undecided";
  for (const double bound : {share.low, share.high}) {
    const findings::JudgedRate at_bound = findings::judged_share(0.45, 100, bound, resamples);
    EXPECT_NEAR(std::min(at_bound.p_below, at_bound.p_above), 0.025, 1e-9);
  }
  const findings::JudgedRate none = findings::judged_share(0, 100, 0.5, std::vector<double>(400, 0.0));
  EXPECT_DOUBLE_EQ(none.high, findings::judged_rate(0, 100, 0.5).high);
  EXPECT_DOUBLE_EQ(none.p_below, findings::judged_rate(0, 100, 0.5).p_below);
}

TEST(AnswerAll, HasAllQuestionsInOrder) {
  const auto scan = very_large(5, 100);
  const auto rows = summarise(scan);
  const auto answers = answer_all({scan, rows, "hash", {}, kTrained});
  ASSERT_GE(answers.size(), 9U);
  for (size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].id, "Q" + std::to_string(i + 1));
    EXPECT_FALSE(answers[i].statement.empty());
    EXPECT_FALSE(answers[i].because.empty());
  }
  EXPECT_EQ(answers[5].because, "not measured; run mazescan-evaluator probe");
  EXPECT_EQ(answers[0].finding, findings::Finding::holds);
}

TEST(AnswerAll, HasTheQuestionsThatTheJobsAnswer) {
  const auto scan = very_large(5, 100);
  const auto rows = summarise(scan);
  std::multiset<std::string> questions, answered;
  for (const findings::Answer& answer : answer_all({scan, rows, "hash", {}, kTrained}))
    questions.insert(answer.id);
  for (const datasets::DatasetKind& job : datasets::kDatasetKinds)
    for (const std::string& id : answered_by(job)) answered.insert(id);
  EXPECT_EQ(answered, questions);
  EXPECT_EQ(answered_by(datasets::kEdit), (std::vector<std::string>{"Q4", "Q5", "Q8"}));
  EXPECT_EQ(answered_by(datasets::kRecording), std::vector<std::string>{});
}

TEST(AnswerAll, RefusesAnAnalysisOfAnotherPolicy) {
  const auto scan = very_large(30, 100);
  const auto rows = summarise(scan);
  datasets::Results other;
  other.attributes = {{"policy_hash", "another"}};
  EXPECT_USER_ERROR(answer_all({scan, rows, "hash", {{"trigger", other}}, kTrained}), "'trigger'");
  EXPECT_USER_ERROR(answer_all({scan, rows, "hash", {{"trigger", other}}, kTrained}), "another");
}

}  // namespace
}  // namespace mazescan::questions
