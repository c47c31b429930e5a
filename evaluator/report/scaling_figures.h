#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/report/scaling_runs.h"
#include "statistics/scaling_fit.h"

// The figures of the page of a scaling law. F is the ratio of failures to successes, (1 - s) / s.
namespace mazescan::report {

// A number of the law with its interval, NaN if it has none. The value is NaN if the curves do not determine it.
struct LawNumber {
  const char *name, *id;
  double value;
  statistics::Interval interval;
};
std::vector<LawNumber> law_numbers(const statistics::ScalingFit& fit);
// Returns "0.52 to 0.71", "above 0.52", "below 0.71", "not bounded", and "unknown" if both ends are NaN.
std::string interval_text(statistics::Interval interval);

nlohmann::json law_table(const statistics::ScalingFit& fit);
nlohmann::json size_table(const std::vector<ScaledSize>& sizes, const statistics::ScalingFit& fit);
// F of each size against compute, and on the frontier of the law if that is bounded.
nlohmann::json failure_curves(const std::vector<ScaledSize>& sizes, const statistics::ScalingFit& fit);
// Intrinsic performance by the law, against that by success.
nlohmann::json fit_points(const std::vector<ScaledSize>& sizes, const statistics::ScalingFit& fit);
// The optimal number of parameters against compute if the law is bounded, and the sizes that did best.
nlohmann::json optimal_sizes(const std::vector<ScaledSize>& sizes, const statistics::ScalingFit& fit);

}  // namespace mazescan::report
