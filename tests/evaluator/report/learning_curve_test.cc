#include "evaluator/report/learning_curve.h"

#include <gtest/gtest.h>

#include "tests/envs/message_of.h"

namespace mazescan::report {
namespace {

using nlohmann::json;

json metrics_line(double steps, int largest_size = 5) {
  return {{"steps", steps},
          {"largest_size", largest_size},
          {"episodes", {{"3", 10}, {"5", 30}}},
          {"success", {{"3", 1.0}, {"5", 0.2}}}};
}

TEST(LearningCurve, AnUpdateHasTheSuccessOfAllItsLevels) {
  const auto updates = read_updates({metrics_line(100), metrics_line(250)}, "run");
  ASSERT_EQ(updates.size(), 2U);
  EXPECT_EQ(updates[1].interactions, 250);
  EXPECT_EQ(updates[1].levels, 40);
  EXPECT_DOUBLE_EQ(updates[1].successes, 16);
}

TEST(LearningCurve, RefusesWhatIsNoCurve) {
  EXPECT_NE(message_of([] { read_updates({}, "run"); }).find("run: there are no metrics"), std::string::npos);
  EXPECT_NE(message_of([] {
              read_updates({metrics_line(1, 3), metrics_line(2, 5)}, "run");
            }).find("became larger"),
            std::string::npos);
  EXPECT_NE(message_of([] {
              read_updates({{{"steps", 1}}}, "run");
            }).find("is not of mazescan-trainer"),
            std::string::npos);
}

TEST(LearningCurve, WindowsHaveEnoughLevelsAndGrow) {
  const std::vector<size_t> borders = window_borders(3750, 16);  // 60,000 levels
  EXPECT_EQ(borders.front(), 59U);
  EXPECT_EQ(borders.back(), 3750U);
  for (size_t window = 0; window + 1 < borders.size(); ++window)
    EXPECT_GE(16 * (borders[window + 1] - borders[window]), 2000U);
  EXPECT_GT(borders.size(), 15U);
  EXPECT_GT(borders.back() - borders[borders.size() - 2], 2 * (borders[1] - borders[0]));
  EXPECT_EQ(window_borders(64000, 100).size(), 31U) << "enough levels everywhere: 30 windows";
}

TEST(LearningCurve, AShortTrainingHasSmallerWindows) {
  const std::vector<size_t> borders = window_borders(100, 16);
  EXPECT_EQ(borders.front(), 2U);
  EXPECT_EQ(borders.back(), 100U);
  EXPECT_GE(borders.size(), 10U);
  EXPECT_EQ(window_borders(1, 16), (std::vector<size_t>{1}));
}

TEST(LearningCurve, AWindowIsTheMeanOverItsLevels) {
  const std::vector<UpdateSuccess> updates = {{10, 5, 5}, {20, 10, 1}, {40, 30, 19}};
  const auto curve = learning_curve(updates, {1, 3});
  ASSERT_EQ(curve.size(), 1U);
  EXPECT_EQ(curve[0].interactions, 30);
  EXPECT_DOUBLE_EQ(curve[0].success, 0.5);
}

}  // namespace
}  // namespace mazescan::report
