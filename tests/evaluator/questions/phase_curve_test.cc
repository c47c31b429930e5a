#include "evaluator/questions/phase_curve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/random.h"
#include "evaluator/questions/questions.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan::questions {
namespace {

using findings::Finding;
using Share = std::function<double(int size)>;

// Returns shards with this chance to leave the decision square toward the cheese, by size. Each level's own
// chance is the mean of 8 draws; seed < 0: exactly the given chance.
std::vector<datasets::ScanShard> planted_curve(const Share& share, int seed, int levels = 60, int last = 25,
                                               const std::string& placement = "off_region") {
  constexpr int kDraws = 8;
  RandomStream random(static_cast<uint64_t>(std::max(seed, 0)), "phase_curve_test/" + placement);
  std::vector<datasets::ScanShard> scan;
  for (int size = 3; size <= last; size += 2) {
    std::vector<PlantedDecision> decisions(static_cast<size_t>(levels));
    for (PlantedDecision& decision : decisions) {
      decision.to_goal = share(size);
      if (seed < 0) continue;
      int draws = 0;
      for (int i = 0; i < kDraws; ++i) draws += random.uniform() < share(size);
      decision.to_goal = static_cast<double>(draws) / kDraws;
      decision.reached = 0.5 + 0.5 * random.uniform();
    }
    scan.push_back(planted_decisions(size, placement, decisions));
  }
  return scan;
}

double break_down(int size) {
  return size < 14 ? 0.95 : 0.05;
}
double break_up(int size) {
  return 1 - break_down(size);
}
double steady(int size) {
  return 1 - 0.04 * (size - 3);
}

PhaseCurve only_curve(const std::vector<datasets::ScanShard>& scan) {
  const std::vector<PhaseCurve> curves = phase_curves(scan);
  EXPECT_EQ(curves.size(), 1U);
  return curves.at(0);
}

// Counts findings over simulated scans.
struct Findings {
  int holds = 0, fails = 0, scans = 0;
};
Findings count_findings(const Share& share, int scans) {
  Findings counts;
  for (int seed = 0; seed < scans; ++seed) {
    const Finding finding = only_curve(planted_curve(share, seed)).finding;
    counts.holds += finding == Finding::holds;
    counts.fails += finding == Finding::fails;
    ++counts.scans;
  }
  return counts;
}

TEST(PhaseCurve, WeightsLevelsByTheChanceToReachTheSquare) {
  std::vector<PlantedDecision> decisions(90, {0.25, 1});
  decisions.resize(120, {0.75, 0.2});  // 30 levels, reached three times as often
  decisions.resize(130, {0, 0});       // the mouse never gets there
  datasets::ScanShard shard = planted_decisions(9, "off_region", decisions);
  for (size_t e = 0; e < 5; ++e) shard.decision[2 * e] = shard.decision[2 * e + 1] = -1;
  const PhaseCurve curve = only_curve({shard});
  ASSERT_EQ(curve.sizes.size(), 1U);
  const double cheese = 85 * 0.25, other = 30 * 0.75;
  EXPECT_NEAR(curve.sizes[0].share, (cheese + 0.2 * other) / (cheese + other), 1e-6);
  EXPECT_NEAR(curve.sizes[0].levels, std::pow(cheese + other, 2) / (85 * 0.0625 + 30 * 0.5625), 1e-6);
  EXPECT_EQ(curve.left_out, 15);
  EXPECT_EQ(curve.levels, 115);
}

TEST(PhaseCurve, JoinsChunksAndLeavesOutSizesWithFewLevels) {
  const std::vector<PlantedDecision> some(20, {1, 0.5}), few(29, {1, 0.5});
  const PhaseCurve curve =
      only_curve({planted_decisions(5, "off_region", some), planted_decisions(5, "off_region", some, 1, 20),
                  planted_decisions(7, "off_region", few)});
  ASSERT_EQ(curve.sizes.size(), 1U);
  EXPECT_EQ(curve.sizes[0].size, 5);
  EXPECT_NEAR(curve.sizes[0].levels, 40, 1e-9);
}

TEST(PhaseCurve, PrefersTheExactCorner) {
  std::vector<datasets::ScanShard> scan = planted_curve(break_down, -1, 30, 5, "top_left");
  for (auto& shard : planted_curve(break_up, -1, 30, 5, "top_left_corner")) scan.push_back(shard);
  for (auto& shard : planted_curve(break_up, -1, 30, 5, "bottom_right")) scan.push_back(shard);
  const std::vector<PhaseCurve> curves = phase_curves(scan);
  ASSERT_EQ(curves.size(), 2U);
  EXPECT_EQ(curves[0].placement, "top_left_corner");
  EXPECT_NEAR(curves[0].sizes[0].share, 0.05, 1e-6);
  EXPECT_EQ(curves[1].placement, "bottom_right");
}

TEST(PhaseCurve, FindsABreak) {
  const PhaseCurve curve = only_curve(planted_curve(break_down, -1));
  EXPECT_EQ(curve.finding, Finding::holds) << in_words(curve);
  EXPECT_NEAR(curve.decline.width, 0.8 * 2 / 22, 1e-6);
  EXPECT_EQ(curve.sizes[curve.decline.step].size, 13);
  EXPECT_NE(in_words(curve).find("between sizes 13 and 15"), std::string::npos) << in_words(curve);
}

TEST(PhaseCurve, FindsMostNoisyBreaks) {
  const Findings sharp = count_findings(break_down, 50);
  EXPECT_GE(sharp.holds, 40);
  EXPECT_EQ(sharp.fails, 0);
}

// Gradual changes, and a break that goes up, must not pass for a transition.
TEST(PhaseCurve, NothingElseHolds) {
  const std::vector<std::pair<const char*, Share>> others = {
      {"1/size", [](int size) { return 3.0 / size; }},
      {"later 1/size", [](int size) { return std::min(1.0, 5.5 / size); }},
      {"1/size^3", [](int size) { return 27.0 / size / size / size; }},
      {"exponential", [](int size) { return std::exp(-(size - 3) / 5.0); }},
      {"fast exponential", [](int size) { return std::exp(-(size - 3) / 2.0); }},
      {"exponential to a floor", [](int size) { return 0.3 + 0.65 * std::exp(-(size - 3) / 3.0); }},
      {"line", steady},
      {"line, flatter", [](int size) { return 0.8 - 0.027 * (size - 3); }},
      {"logistic, 0.3 of the range", [](int size) { return 1 / (1 + std::exp((size - 14) / 1.5)); }},
      {"two breaks", [](int size) { return size < 8    ? 0.95
                                           : size < 18 ? 0.5
                                                       : 0.05; }},
      {"constant, one half", [](int) { return 0.5; }},
      {"constant", [](int) { return 0.7; }},
      {"break up", break_up},
      {"down and up", [](int size) { return size < 8 || size > 18 ? 0.95 : 0.05; }},
  };
  constexpr int kScans = 30;
  int holds = 0;
  for (const auto& [name, share] : others) {
    const int own = count_findings(share, kScans).holds;
    EXPECT_LE(own, 4) << name;  // 5 or more of 30 have a probability of 1.6 % at a rate of 5 %
    holds += own;
  }
  const double scans = kScans * static_cast<double>(others.size());
  EXPECT_LE(holds, 0.05 * scans);
}

TEST(PhaseCurve, GradualCurvesFail) {
  EXPECT_GE(count_findings([](int size) { return 3.0 / size; }, 20).fails, 18);
  EXPECT_GE(count_findings(steady, 20).fails, 18);
  EXPECT_GE(count_findings([](int) { return 0.7; }, 20).fails, 18);
}

TEST(PhaseCurve, ABreakNextToTheSmallestSizeIsUndecided) {
  const PhaseCurve curve = only_curve(planted_curve([](int size) { return size < 4 ? 0.95 : 0.05; }, -1));
  EXPECT_LT(curve.width.high, kSharpWidth);
  EXPECT_EQ(curve.finding, Finding::undecided) << in_words(curve);
  EXPECT_NE(in_words(curve).find("next to the smallest size"), std::string::npos) << in_words(curve);
}

TEST(PhaseCurve, HolmAdjustsOverCurves) {
  std::vector<datasets::ScanShard> scan = planted_curve(break_down, -1);
  const double alone = only_curve(scan).p_value;
  for (auto& shard : planted_curve(break_down, -1, 60, 25, "top_left_corner")) scan.push_back(shard);
  for (const PhaseCurve& curve : phase_curves(scan)) EXPECT_DOUBLE_EQ(curve.p_value, 2 * alone);
}

TEST(AnswerPhase, HoldsForABreakDown) {
  const findings::Answer answer = answer_phase(planted_curve(break_down, 1, 100), {}, kTrained);
  EXPECT_EQ(answer.finding, Finding::holds) << answer.because;
  EXPECT_LT(answer.high, kSharpWidth);
  EXPECT_NE(answer.measure.find("width"), std::string::npos) << answer.measure;
}

TEST(AnswerPhase, ABreakUpIsReportedAsARise) {
  const findings::Answer answer = answer_phase(planted_curve(break_up, -1), {}, kTrained);
  EXPECT_EQ(answer.finding, Finding::fails);
  EXPECT_NE(answer.because.find("rises from"), std::string::npos) << answer.because;
  EXPECT_NEAR(answer.value, 0.05, 1e-6) << answer.measure;
}

// A finding "fails" shows no break and no width, unless the width itself is why.
TEST(AnswerPhase, ShowsOnlyWhatTheFindingSupports) {
  for (const Share& share : {Share(break_up), Share([](int) { return 0.7; }), Share([](int) { return 0.2; }),
                             Share([](int size) { return size < 14 ? 0.95 : 0.65; })}) {
    const findings::Answer answer = answer_phase(planted_curve(share, 3), {}, kTrained);
    EXPECT_EQ(answer.finding, Finding::fails) << answer.because;
    for (const char* const word : {"width", "sharply", "between sizes", "break"}) {
      EXPECT_EQ(answer.because.find(word), std::string::npos) << answer.because;
      EXPECT_EQ(answer.measure.find(word), std::string::npos) << answer.measure;
    }
    for (const nlohmann::json& figure : answer.figures)
      EXPECT_TRUE(!figure.contains("marks") || figure["marks"].empty());
  }
  const findings::Answer gradual = answer_phase(planted_curve(steady, 3), {}, kTrained);
  EXPECT_EQ(gradual.finding, Finding::fails);
  EXPECT_GE(gradual.low, kSharpWidth) << gradual.measure;
  EXPECT_NE(gradual.because.find("gradually"), std::string::npos) << gradual.because;
}

TEST(AnswerPhase, FewSizesAreNotApplicable) {
  const findings::Answer five =
      answer_phase(planted_curve([](int size) { return size < 8 ? 1 : 0; }, -1, 60, 11), {}, kTrained);
  EXPECT_EQ(five.finding, Finding::not_applicable);
  EXPECT_NE(five.because.find("5 sizes"), std::string::npos) << five.because;
  EXPECT_TRUE(std::isnan(five.value));
  EXPECT_EQ(answer_phase(planted_curve([](int size) { return size < 8 ? 1 : 0; }, -1, 60, 13), {}, kTrained)
                .finding,
            Finding::holds);
}

TEST(AnswerPhase, CurvesOfDifferentFindingsDecideNothing) {
  const auto answer_with = [](const Share& corner) {
    std::vector<datasets::ScanShard> scan = planted_curve(steady, -1);
    for (auto& shard : planted_curve(corner, -1, 60, 25, "top_left_corner")) scan.push_back(shard);
    return answer_phase(scan, {}, kTrained).finding;
  };
  EXPECT_EQ(answer_with(break_down), Finding::undecided);
  EXPECT_EQ(answer_with(break_up), Finding::fails);
}

TEST(AnswerPhase, DrawsThePointsWithIntervalsAtTheirSizes) {
  const findings::Answer answer = answer_phase(planted_curve(break_down, 1), {}, kTrained);
  const nlohmann::json& chart = answer.figures.at(0);
  EXPECT_EQ(chart["x"]["ticks"], (std::vector<int>{3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25}));
  EXPECT_EQ(chart["series"][0]["style"], "points");
  EXPECT_EQ(chart["series"][0]["points"].size(), 12U);
  EXPECT_LT(chart["series"][0]["points"][0]["low"], chart["series"][0]["points"][0]["value"]);
  for (size_t i = 1; i < chart["series"].size(); ++i) EXPECT_EQ(chart["series"][i]["style"], "thin");
  EXPECT_EQ(chart["series"].size(), 4U) << "logistic, break and the best gradual curve";
}

}  // namespace
}  // namespace mazescan::questions
