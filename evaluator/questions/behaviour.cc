#include "evaluator/questions/behaviour.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "core/error.h"
#include "datasets/scan_episode.h"
#include "envs/paths.h"
#include "evaluator/findings/chart.h"
#include "evaluator/findings/judged_rate.h"
#include "statistics/logistic.h"
#include "statistics/statistics.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

constexpr int kFolds = 5;  // every fifth level is in the test fold
constexpr int kRepeats = 400;
constexpr size_t kMinDecisions = 100;

enum Feature : int {
  kCheeseCornerEuclidean,
  kDecisionCheeseSteps,
  kDecisionCheeseEuclidean,
  kCheeseCornerSteps,
  kCheeseRegionEuclidean,
  kDecisionRegionEuclidean,
};

double euclidean(envs::Cell a, envs::Cell b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

// Returns the cell of the top-right k x k region that is nearest to `cell`.
envs::Cell nearest_of_region(const envs::MazeLevel& level, envs::Cell cell, int region) {
  const auto first = static_cast<int16_t>(std::max(level.size - std::max(region, 1), 0));
  return {std::max(cell.x, first), std::max(cell.y, first)};
}

// Coefficients published with "Behavioural statistics for a maze-solving agent" (Grietzer,
// Turner, 2023) for the policy with k = 5 and 5,239 levels with a decision square. The target was
// whether the mouse got the cheese.
struct Published {
  std::vector<int> features;
  std::vector<double> coefficients;  // the intercept last
  double accuracy;
};
const std::vector<Published>& published() {
  static const std::vector<Published> models = {
      {{kCheeseCornerEuclidean, kDecisionCheeseSteps, kDecisionCheeseEuclidean},
       {-1.405, -0.577, -0.516, 1.355},
       0.824},
      {{kCheeseCornerEuclidean, kDecisionCheeseSteps, kDecisionCheeseEuclidean, kCheeseCornerSteps,
        kDecisionRegionEuclidean},
       {-2.652, -0.911, -0.419, 0.038, 1.239, 1.389},
       0.845}};
  return models;
}

// A subset of the features, standardised by the means and standard deviations of the fitted rows.
struct Standardised {
  Eigen::MatrixXd fitted, tested;
  Eigen::VectorXd fitted_target, tested_target;
  std::vector<int> fitted_level, tested_level;  // indices of level seeds within their fold
  int fitted_levels = 0, tested_levels = 0;
};

Standardised standardise(const std::vector<BehaviourRow>& rows, const std::vector<int>& features) {
  std::map<int32_t, int> fitted_seeds, tested_seeds;
  std::vector<const BehaviourRow*> fitted, tested;
  Standardised out;
  for (const BehaviourRow& row : rows) {
    const bool test = row.level_seed % kFolds == 0;
    auto& seeds = test ? tested_seeds : fitted_seeds;
    const int level = seeds.emplace(row.level_seed, static_cast<int>(seeds.size())).first->second;
    (test ? tested : fitted).push_back(&row);
    (test ? out.tested_level : out.fitted_level).push_back(level);
  }
  expect(!fitted.empty() && !tested.empty(), "decisions of both folds");
  out.fitted_levels = static_cast<int>(fitted_seeds.size());
  out.tested_levels = static_cast<int>(tested_seeds.size());
  const auto fill = [&](const std::vector<const BehaviourRow*>& from, Eigen::MatrixXd& matrix,
                        Eigen::VectorXd& target) {
    matrix.resize(static_cast<Eigen::Index>(from.size()), static_cast<Eigen::Index>(features.size()));
    target.resize(static_cast<Eigen::Index>(from.size()));
    for (size_t i = 0; i < from.size(); ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      target[row] = from[i]->toward ? 1 : 0;
      for (size_t f = 0; f < features.size(); ++f)
        matrix(row, static_cast<Eigen::Index>(f)) = from[i]->features[static_cast<size_t>(features[f])];
    }
  };
  fill(fitted, out.fitted, out.fitted_target);
  fill(tested, out.tested, out.tested_target);
  for (Eigen::Index f = 0; f < out.fitted.cols(); ++f) {
    const double mean = out.fitted.col(f).mean();
    const double deviation = std::sqrt((out.fitted.col(f).array() - mean).square().mean());
    for (Eigen::MatrixXd* matrix : {&out.fitted, &out.tested})
      matrix->col(f) = (matrix->col(f).array() - mean) / (deviation > 0 ? deviation : 1);
  }
  return out;
}

}  // namespace

const std::vector<std::string>& behaviour_features() {
  static const std::vector<std::string> names = {
      "Euclidean, cheese to top-right corner", "steps, decision square to cheese",
      "Euclidean, decision square to cheese",  "steps, cheese to top-right corner",
      "Euclidean, cheese to region",           "Euclidean, decision square to region"};
  return names;
}

std::vector<BehaviourRow> behaviour_rows(const std::vector<datasets::ScanShard>& scan) {
  const bool uniform = std::any_of(scan.begin(), scan.end(), [](const datasets::ScanShard& shard) {
    return shard.placement == "uniform" && shard.episodes() > 0;
  });
  std::vector<BehaviourRow> rows;
  for (const datasets::ScanShard& shard : scan) {
    if (shard.placement != (uniform ? "uniform" : "off_region")) continue;
    for (size_t e = 0; e < shard.level_seed.size(); ++e) {
      const std::optional<bool> toward = datasets::first_step_toward_cheese(shard, shard.sampled, e);
      if (!toward) continue;
      const envs::MazeLevel level = datasets::maze_of(shard, e);
      const envs::Cell decision = datasets::decision_of(shard, e), cheese = level.cheese,
                       corner = level.top_right();
      const auto from_cheese = envs::distances(level, cheese);
      rows.push_back({shard.level_seed[e],
                      {euclidean(cheese, corner), static_cast<double>(from_cheese[level.index(decision)]),
                       euclidean(decision, cheese), static_cast<double>(from_cheese[level.index(corner)]),
                       euclidean(cheese, nearest_of_region(level, cheese, shard.region)),
                       euclidean(decision, nearest_of_region(level, decision, shard.region))},
                      *toward});
    }
  }
  return rows;
}

BehaviourRegression regress_behaviour(const std::vector<BehaviourRow>& rows,
                                      const std::vector<int>& features) {
  const Standardised data = standardise(rows, features);
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(data.fitted.rows());
  const statistics::LogisticFit fit = statistics::fit_logistic(data.fitted, data.fitted_target, ones);
  const auto width = static_cast<int>(features.size());
  const auto refit = [&](const std::vector<int>& weights, std::vector<double>& out) {
    Eigen::VectorXd drawn(data.fitted.rows());
    for (Eigen::Index i = 0; i < drawn.size(); ++i)
      drawn[i] = weights[static_cast<size_t>(data.fitted_level[static_cast<size_t>(i)])];
    const statistics::LogisticFit again =
        statistics::fit_logistic(data.fitted, data.fitted_target, drawn, statistics::kRidge, &fit);
    for (int f = 0; f < width; ++f) out[static_cast<size_t>(f)] = again.coefficients[f];
    out[static_cast<size_t>(width)] = again.intercept;
  };
  const auto intervals = statistics::cluster_bootstrap(data.fitted_levels, width + 1, refit,
                                                       RandomStream(0, "questions/behaviour"), kRepeats);
  BehaviourRegression result;
  for (int f = 0; f <= width; ++f) {
    const statistics::Interval interval = intervals[static_cast<size_t>(f)];
    result.coefficients.push_back(
        {f < width ? behaviour_features()[static_cast<size_t>(features[static_cast<size_t>(f)])]
                   : "intercept",
         f < width ? fit.coefficients[f] : fit.intercept, interval.low, interval.high});
  }
  const Eigen::VectorXd predicted = fit.probabilities(data.tested);
  std::vector<double> right(static_cast<size_t>(predicted.size()));
  for (size_t i = 0; i < right.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    right[i] = (predicted[row] > 0.5) == (data.tested_target[row] > 0.5) ? 1 : 0;
  }
  const auto accuracy = [&](const std::vector<int>& weights, std::vector<double>& out) {
    double hits = 0, all = 0;
    for (size_t i = 0; i < right.size(); ++i) {
      hits += weights[static_cast<size_t>(data.tested_level[i])] * right[i];
      all += weights[static_cast<size_t>(data.tested_level[i])];
    }
    out[0] = all > 0 ? hits / all : std::nan("");
  };
  result.accuracy = statistics::mean(right);
  const statistics::Interval interval =
      statistics::hull(statistics::cluster_bootstrap(data.tested_levels, 1, accuracy,
                                                     RandomStream(0, "questions/behaviour/test"))[0],
                       statistics::wilson_interval(result.accuracy * data.tested_levels, data.tested_levels));
  result.low = interval.low;
  result.high = interval.high;
  const double share = data.tested_target.mean();
  result.baseline = data.fitted_target.mean() > 0.5 ? share : 1 - share;
  result.fitted = data.fitted.rows();
  result.tested = data.tested.rows();
  return result;
}

std::vector<json> behaviour_figures(const std::vector<datasets::ScanShard>& scan) {
  const std::vector<BehaviourRow> rows = behaviour_rows(scan);
  const auto toward = static_cast<size_t>(
      std::count_if(rows.begin(), rows.end(), [](const BehaviourRow& row) { return row.toward; }));
  const auto tested = static_cast<size_t>(std::count_if(
      rows.begin(), rows.end(), [](const BehaviourRow& row) { return row.level_seed % kFolds == 0; }));
  const std::string title = "Which features of a maze predict going for the cheese";
  if (rows.size() < kMinDecisions || toward < 10 || rows.size() - toward < 10 || tested == 0 ||
      tested == rows.size())
    return {findings::chart_table(
        title, {"decisions", "toward the cheese"}, {{rows.size(), toward}},
        fmt::format("Too few for a regression: it needs {} decisions, 10 of each kind.", kMinDecisions))};
  std::vector<json> figures;
  for (const Published& model : published()) {
    const BehaviourRegression ours = regress_behaviour(rows, model.features);
    json lines = json::array();
    for (size_t c = 0; c < ours.coefficients.size(); ++c) {
      const auto& coefficient = ours.coefficients[c];
      lines.push_back(
          {coefficient.feature,
           findings::chart_value(coefficient.value, {coefficient.low, coefficient.high}, ours.fitted),
           model.coefficients[c]});
    }
    lines.push_back({"accuracy on other levels",
                     findings::chart_share(ours.accuracy, {ours.low, ours.high}, ours.tested),
                     findings::in_percent(model.accuracy, 1)});
    lines.push_back(
        {"accuracy of the more frequent choice", findings::in_percent(ours.baseline, 1), "71.4 %"});
    figures.push_back(findings::chart_table(
        fmt::format("{}: {} distances", title, model.features.size()),
        {"feature", "this policy", "published (k = 5)"}, lines,
        "Logistic regression of the first step at the decision square on distances in standard deviations. "
        "Published: 'Behavioural statistics for a maze-solving agent', 2023, of whether the mouse got the "
        "cheese; scaling not stated, so compare signs. Distances are correlated: single coefficients say "
        "little."));
  }
  return figures;
}

}  // namespace mazescan::questions
