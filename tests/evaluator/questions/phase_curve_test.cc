#include "evaluator/questions/phase_curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace mazescan::questions {
namespace {

using Model = PhaseCurve::Model;

std::vector<Decisions> decisions_of(const std::function<double(int)>& probability, int first = 5,
                                    int last = 25) {
  std::vector<Decisions> decisions;
  for (int size = first; size <= last; size += 2)
    decisions.push_back({size, std::round(300 * probability(size)), 300});
  return decisions;
}

TEST(PhaseCurve, FindsALogisticsMiddleAndWidth) {
  const auto decisions = decisions_of([](int size) { return 1 / (1 + std::exp(0.5 * (size - 13.7))); });
  const PhaseComparison comparison = compare_phase_models(decisions);
  EXPECT_EQ(comparison.best, Model::kLogistic);
  EXPECT_GT(comparison.lead, 10);
  const PhaseCurve curve(Model::kLogistic, decisions);
  EXPECT_NEAR(curve.half().middle(), 13.7, 0.05);
  EXPECT_NEAR(curve.width(), 2 * std::log(9) / 0.5, 0.2);
}

TEST(PhaseCurve, FindsABreakBetweenItsSizes) {
  for (const double high : {1.0, 0.9}) {
    const auto decisions = decisions_of([&](int size) { return size < 14 ? high : 1 - high; });
    const PhaseComparison comparison = compare_phase_models(decisions);
    EXPECT_EQ(comparison.best, Model::kBreak);
    const PhaseCurve curve(Model::kBreak, decisions);
    EXPECT_EQ(curve.half().low, 13);
    EXPECT_EQ(curve.half().high, 15);
    EXPECT_EQ(curve.width(), 0);
    EXPECT_NEAR(curve.probability(5), high, 0.002);
  }
}

TEST(PhaseCurve, ASteadyDeclineIsNoTransition) {
  const auto decisions = decisions_of([](int size) { return 0.95 - 0.035 * (size - 5); });
  const PhaseComparison comparison = compare_phase_models(decisions);
  EXPECT_EQ(comparison.best, Model::kLinear);
  EXPECT_NEAR(PhaseCurve(Model::kLinear, decisions).half().middle(), 5 + 0.45 / 0.035, 0.2);
}

TEST(PhaseCurve, NoChangeIsConstant) {
  const auto decisions = decisions_of([](int) { return 0.7; });
  EXPECT_EQ(compare_phase_models(decisions).best, Model::kConstant);
  EXPECT_TRUE(std::isnan(PhaseCurve(Model::kConstant, decisions).half().low));
  EXPECT_TRUE(std::isnan(PhaseCurve(Model::kBreak, decisions).half().low));
}

TEST(PhaseCurve, ASizeLeftOutInTheGapMayLieOnEitherSide) {
  const std::vector<Decisions> others = {{5, 100, 100}, {7, 100, 100}, {11, 0, 100}};
  const PhaseCurve curve(Model::kBreak, others);
  const double before = curve.log_likelihood({9, 100, 100}), after = curve.log_likelihood({9, 0, 100});
  EXPECT_NEAR(before, std::log(0.5) + 100 * std::log(200.5 / 201), 1e-3);
  EXPECT_GT(after, -2);
  EXPECT_LT(curve.log_likelihood({9, 50, 100}), -100);
}

}  // namespace
}  // namespace mazescan::questions
