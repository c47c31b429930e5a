#include "statistics/share_curve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

namespace mazescan::statistics {
namespace {

std::vector<SharePoint> points_of(const std::function<double(double)>& share, double count = 300) {
  std::vector<SharePoint> points;
  for (double place = 3; place <= 25; place += 2) points.push_back({place, share(place), count});
  return points;
}

double break_at_14(double place) {
  return place < 14 ? 0.9 : 0.1;
}

// Returns the distance between points and the curve of a model fitted to them.
double misses(const std::string& model, const std::vector<SharePoint>& points) {
  for (const ShareModel& each : share_models())
    if (each.name == model) return distance(each.fit(points), points);
  ADD_FAILURE() << "no model " << model;
  return 1;
}

double p_value(const std::vector<SharePoint>& points, const std::string& rival, uint64_t seed = 0) {
  for (const ShareModel& each : share_models())
    if (each.name == rival)
      return largest_step_p_value(points, each.fit(points), RandomStream(seed, "share_curve_test"), 400);
  return -1;
}

TEST(ShareCurve, EachModelFitsItsOwnCurve) {
  const std::vector<std::pair<const char*, std::function<double(double)>>> own = {
      {"constant", [](double) { return 0.37; }},
      {"line", [](double place) { return 0.95 - 0.03 * place; }},
      {"exponential decay to a floor", [](double place) { return 0.2 + 0.7 * std::exp(-(place - 3) / 4); }},
      {"logit linear in log x, gradual", [](double place) { return 1 / (1 + std::pow(place / 11, 3)); }},
      {"any decline", break_at_14},
      {"logistic", [](double place) { return 1 / (1 + std::exp(0.5 * (place - 13.7))); }},
      {"one break", break_at_14},
  };
  ASSERT_EQ(own.size(), share_models().size());
  for (const auto& [model, share] : own) EXPECT_LT(misses(model, points_of(share)), 0.005) << model;
}

TEST(ShareCurve, GradualModelsCannotFollowABreak) {
  for (const ShareModel& model : share_models()) {
    if (model.kind != ShareModel::Kind::kGradual) continue;
    EXPECT_GT(misses(model.name, points_of(break_at_14)), 0.08) << model.name;
  }
}

TEST(ShareCurve, LogitLinearInLogPlaceStaysGradual) {
  const std::vector<SharePoint> points = points_of([](double place) { return place < 14 ? 1 : 0; });
  for (const ShareModel& model : share_models()) {
    if (std::string(model.name) != "logit linear in log x, gradual") continue;
    const ShareCurve curve = model.fit(points);
    double last_above = 0, first_below = 100;
    for (double place = 0.01; place < 100; place += 0.01) {
      if (curve.at(place) > 0.9) last_above = place;
      if (curve.at(place) < 0.1) first_below = std::min(first_below, place);
    }
    EXPECT_NEAR(first_below - last_above, kGradualWidth * (25 - 3), 0.05);
  }
}

TEST(ShareCurve, AnyDeclineIsNearerThanTheOthers) {
  const std::vector<SharePoint> points =
      points_of([](double place) { return place < 8 ? 0.9 : 0.6 - 0.02 * place; });
  for (const ShareModel& model : share_models())
    EXPECT_GE(distance(model.fit(points), points) + 1e-9, misses("any decline", points)) << model.name;
}

TEST(ShareCurve, ABreakHasALargerStepThanGradualCurves) {
  EXPECT_LT(p_value(points_of(break_at_14), "line"), 0.01);
  EXPECT_LT(p_value(points_of(break_at_14), "logit linear in log x, gradual"), 0.01);
}

TEST(ShareCurve, NoStepWithoutADecline) {
  EXPECT_EQ(p_value(points_of([](double place) { return place < 14 ? 0.1 : 0.9; }), "line"), 1);
}

// Samples of a line have a p-value of at most 5 % in at most about 5 % of cases.
TEST(ShareCurve, ALineSeldomHasALargeStep) {
  int rejected = 0;
  constexpr int kSeeds = 300;
  for (int seed = 0; seed < kSeeds; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "share_curve_test/line");
    std::vector<SharePoint> points = points_of([](double place) { return 1 - 0.035 * place; }, 100);
    for (SharePoint& point : points) {
      int successes = 0;
      for (int i = 0; i < 100; ++i) successes += random.uniform() < point.share;
      point.share = successes / 100.0;
    }
    rejected += p_value(points, "line", static_cast<uint64_t>(seed)) <= 0.05;
  }
  EXPECT_GT(rejected, 2) << "the test must be able to reject";
  EXPECT_LT(rejected, wilson_interval(0.05 * kSeeds, kSeeds, 0.999).high * kSeeds);
}

}  // namespace
}  // namespace mazescan::statistics
