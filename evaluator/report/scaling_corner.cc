#include "evaluator/report/scaling_corner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "evaluator/findings/chart.h"

namespace mazescan::report {
namespace {

using nlohmann::json;
using questions::SummaryRow;

constexpr const char* kToCorner = "outcome_top_right_never_cheese";

// A scanned policy whose success is within the fit.
struct ScannedPolicy {
  size_t size;
  const ScaledRun* run;
  double success;
};

// Returns the largest maze size at which all of these scans have the measure, 0 if there is none.
int shared_maze_size(const std::vector<const ScaledRun*>& scanned) {
  std::set<int, std::greater<>> candidates;
  for (const SummaryRow& row : scanned.front()->rows)
    if (row.measure == kToCorner && row.placement == questions::kOtherCorners) candidates.insert(row.size);
  for (const int size : candidates)
    if (std::all_of(scanned.begin(), scanned.end(), [&](const ScaledRun* run) {
          return find_row(run->rows, kToCorner, size, questions::kOtherCorners) != nullptr;
        }))
      return size;
  return 0;
}

std::vector<ScannedPolicy> policies_in_fit(const std::vector<ScaledSize>& sizes,
                                           const statistics::ScalingFit& fit) {
  std::vector<ScannedPolicy> policies;
  for (size_t size = 0; size < sizes.size(); ++size)
    for (size_t i = 0; i < sizes[size].runs.size(); ++i) {
      const double success = sizes[size].curves.trainings[i].back().success;
      if (!sizes[size].runs[i]->rows.empty() && success >= fit.points.front().success &&
          success <= fit.points.back().success)
        policies.push_back({size, sizes[size].runs[i], success});
    }
  return policies;
}

// Returns the coefficient of log2(parameters) beside that of the log odds of success.
std::optional<statistics::Coefficient> regress(const std::vector<ScaledSize>& sizes,
                                               const std::vector<ScannedPolicy>& policies, int maze_size) {
  std::vector<std::vector<double>> features;
  std::vector<double> shares;
  for (const ScannedPolicy& policy : policies) {
    features.push_back(
        {std::log(policy.success / (1 - policy.success)), std::log2(sizes[policy.size].curves.parameters)});
    shares.push_back(find_row(policy.run->rows, kToCorner, maze_size, questions::kOtherCorners)->value);
  }
  const auto coefficients = statistics::linear_regression(features, shares);
  if (coefficients.empty()) return std::nullopt;
  return coefficients.back();
}

std::string sentence_of(const std::optional<statistics::Coefficient>& change, int maze_size) {
  if (!change)
    return "These policies do not show whether size matters at equal success for going to the top-right corner.";
  const auto points = [](double share) { return 100 * share; };
  return fmt::format(
      "At equal success, and so at equal intrinsic performance, twice the parameters change the share of mice that "
      "go to the top-right corner and never to the cheese, at maze size {}, by {:+.1f} [{:+.1f}, {:+.1f}] percentage points.",
      maze_size, points(change->value), points(change->interval.low), points(change->interval.high));
}

// Returns the policies as points, a series for each size.
json corner_series(const std::vector<ScaledSize>& sizes, const std::vector<ScannedPolicy>& policies,
                   const statistics::ScalingFit& fit, int maze_size) {
  json series = json::array();
  for (size_t size = 0; size < sizes.size(); ++size) {
    json points = json::array();
    for (const ScannedPolicy& policy : policies) {
      if (policy.size != size) continue;
      const SummaryRow* const row =
          find_row(policy.run->rows, kToCorner, maze_size, questions::kOtherCorners);
      points.push_back(findings::chart_point(std::exp(log_performance_of(fit.points, policy.success)),
                                             row->value, {row->low, row->high}, row->n));
      points.back()["name"] = policy.run->name;
    }
    series.push_back({{"name", fmt::format("{:.0f} parameters", sizes[size].curves.parameters)},
                      {"style", "points"},
                      {"points", points}});
  }
  return series;
}

}  // namespace

std::optional<CornerShares> corner_shares(const std::vector<ScaledSize>& sizes,
                                          const statistics::ScalingFit& fit) {
  std::vector<const ScaledRun*> scanned;
  for (const ScaledSize& size : sizes)
    for (const ScaledRun* run : size.runs)
      if (!run->rows.empty()) scanned.push_back(run);
  const int maze_size = scanned.empty() ? 0 : shared_maze_size(scanned);
  const std::vector<ScannedPolicy> policies = policies_in_fit(sizes, fit);
  if (maze_size == 0 || policies.size() < 2) return std::nullopt;
  const size_t left_out = scanned.size() - policies.size();
  CornerShares shares;
  shares.for_twice_the_size = regress(sizes, policies, maze_size);
  shares.sentence = sentence_of(shares.for_twice_the_size, maze_size);
  shares.figure = {
      {"type", "curve"},
      {"title", fmt::format("To the top-right corner and never to the cheese, maze size {}", maze_size)},
      {"note",
       fmt::format("Trained policies, the cheese in another corner.{}",
                   left_out == 0
                       ? ""
                       : fmt::format(" Left out because their success is beyond the fit: {}.", left_out))},
      {"x", {{"label", "intrinsic performance by success"}, {"scale", "log"}}},
      {"y", {{"label", "share of episodes"}, {"percent", true}, {"from", 0}, {"to", 1}}},
      {"series", corner_series(sizes, policies, fit, maze_size)}};
  return shares;
}

}  // namespace mazescan::report
