#include "evaluator/report/scaling_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evaluator/findings/chart.h"

namespace mazescan::report {
namespace {

using nlohmann::json;
using statistics::Interval;
using statistics::ScalingFit;
using statistics::ScalingPoint;

constexpr const char* kCompute = "compute: parameters × interactions";
constexpr int kGridPoints = 24;

double failures(double success) {
  return (1 - success) / success;
}

std::string size_name(const ScaledSize& size) {
  return fmt::format("{:.0f} parameters", size.curves.parameters);
}

double compute_of(const std::vector<ScaledSize>& sizes, const ScalingPoint& point) {
  return sizes[point.size].curves.parameters * point.interactions;
}

// Returns the points of one size in order of interactions.
std::vector<ScalingPoint> points_in_time(const ScalingFit& fit, size_t size) {
  std::vector<ScalingPoint> points;
  for (const ScalingPoint& point : fit.points)
    if (point.size == size) points.push_back(point);
  std::sort(points.begin(), points.end(),
            [](const ScalingPoint& a, const ScalingPoint& b) { return a.interactions < b.interactions; });
  return points;
}

json log_axis(const std::string& label) {
  return {{"label", label}, {"scale", "log"}};
}

json line_between(const std::string& name, const std::vector<std::pair<double, double>>& points) {
  json drawn = json::array();
  for (const auto& [x, y] : points) drawn.push_back(findings::chart_point(x, y));
  return {{"name", name}, {"style", "thin"}, {"points", drawn}};
}

// Returns F at each intrinsic performance, which on the frontier is compute.
json frontier_of(const ScalingFit& fit) {
  std::vector<std::pair<double, double>> points;
  for (const ScalingPoint& point : fit.points)
    points.emplace_back(std::exp(point.log_by_success), failures(point.success));
  return line_between("frontier by the law", points);
}

// Returns values of equal ratio between the least and the largest compute of all points.
std::vector<double> compute_grid(const std::vector<ScaledSize>& sizes, const ScalingFit& fit) {
  double least = compute_of(sizes, fit.points.front()), largest = least;
  for (const ScalingPoint& point : fit.points) {
    least = std::min(least, compute_of(sizes, point));
    largest = std::max(largest, compute_of(sizes, point));
  }
  std::vector<double> grid;
  for (int i = 0; i <= kGridPoints; ++i)
    grid.push_back(least * std::pow(largest / least, static_cast<double>(i) / kGridPoints));
  return grid;
}

json optimum_of(const std::vector<ScaledSize>& sizes, const ScalingFit& fit) {
  std::vector<std::pair<double, double>> points;
  for (const double compute : compute_grid(sizes, fit))
    points.emplace_back(compute, fit.law.optimal_parameters(compute));
  return line_between("optimal by the law", points);
}

// Returns the success of a size at this compute, linear in log compute between its points; NaN outside of them.
double success_at(const std::vector<ScalingPoint>& points, double parameters, double compute) {
  for (size_t next = 1; next < points.size(); ++next) {
    const double from = std::log(parameters * points[next - 1].interactions),
                 to = std::log(parameters * points[next].interactions), at = std::log(compute);
    if (at < from || at > to) continue;
    return points[next - 1].success +
           (at - from) / (to - from) * (points[next].success - points[next - 1].success);
  }
  return statistics::kNaN;
}

// Returns the sizes with the highest success at each compute at which several sizes have a success.
json best_sizes(const std::vector<ScaledSize>& sizes, const ScalingFit& fit) {
  json best = json::array();
  for (const double compute : compute_grid(sizes, fit)) {
    int measured = 0;
    double highest = -1, parameters = 0;
    for (size_t size = 0; size < sizes.size(); ++size) {
      const double own = sizes[size].curves.parameters;
      const double success = success_at(points_in_time(fit, size), own, compute);
      if (std::isnan(success)) continue;
      ++measured;
      if (success > highest) highest = success, parameters = own;
    }
    if (measured > 1) best.push_back(findings::chart_point(compute, parameters));
  }
  return best;
}

}  // namespace

std::vector<LawNumber> law_numbers(const ScalingFit& fit) {
  using statistics::kNaN;
  const Interval none{kNaN, kNaN};
  const auto exponent = [](double value, Interval interval) {
    return interval.low == 0 && std::isinf(interval.high) ? kNaN : value;
  };
  const auto determined = [&](double value) { return fit.is_bounded() ? value : kNaN; };
  const statistics::ScalingLaw& law = fit.law;
  return {{"exponent of size, α_N", "alpha_parameters", exponent(law.alpha_parameters, fit.alpha_parameters),
           fit.alpha_parameters},
          {"exponent of interactions, α_E", "alpha_interactions",
           exponent(law.alpha_interactions, fit.alpha_interactions), fit.alpha_interactions},
          {"exponent of compute, β", "beta", determined(law.beta()), none},
          {"critical number of parameters, N_c", "critical_parameters",
           determined(std::exp(law.log_critical_parameters)), fit.critical_parameters},
          {"critical number of interactions, E_c", "critical_interactions",
           determined(std::exp(law.log_critical_interactions())), none},
          {"optimal size grows as compute to the power", "size_exponent", determined(law.size_exponent()),
           fit.size_exponent},
          {"error of log I", "error", fit.error, none},
          {"error of log I, each size by a fit to the others", "left_out_error", fit.left_out_error, none}};
}

std::string interval_text(Interval interval) {
  const bool no_low = interval.low == 0, no_high = std::isinf(interval.high);
  if (std::isnan(interval.low) && std::isnan(interval.high)) return "unknown";
  if (no_low && no_high) return "not bounded";
  if (no_high)
    return std::isnan(interval.low) ? "not bounded above" : fmt::format("above {:.3g}", interval.low);
  if (no_low)
    return std::isnan(interval.high) ? "not bounded below" : fmt::format("below {:.3g}", interval.high);
  return fmt::format("{:.3g} to {:.3g}", interval.low, interval.high);
}

json law_table(const ScalingFit& fit) {
  json rows = json::array();
  for (const LawNumber& number : law_numbers(fit))
    rows.push_back({number.name, findings::chart_number(number.value),
                    std::isnan(number.interval.low) && std::isnan(number.interval.high)
                        ? json("")
                        : json(interval_text(number.interval))});
  return findings::chart_table(
      "The law", {"I^(−β) = (N_c / N)^α_N + (E_c / E)^α_E", "fitted", "95 % interval over seeds"}, rows,
      "I is the intrinsic performance: the least compute with which a network of any size is as successful. Compute "
      "is N × E, parameters times interactions. log is the natural logarithm.");
}

json size_table(const std::vector<ScaledSize>& sizes, const ScalingFit& fit) {
  json rows = json::array();
  for (size_t size = 0; size < sizes.size(); ++size) {
    const ScaledRun& first = *sizes[size].runs.front();
    double interactions = 0, success = 0;
    for (const auto& training : sizes[size].curves.trainings) {
      const double n = static_cast<double>(sizes[size].curves.trainings.size());
      interactions += training.back().interactions / n;
      success += training.back().success / n;
    }
    rows.push_back({fmt::format("{}", first.parameters), first.convolution_parameters,
                    first.policy.value("megaflops_forward", json()), sizes[size].runs.size(),
                    findings::chart_number(std::round(interactions)), findings::chart_percent(success),
                    points_in_time(fit, size).size()});
  }
  return findings::chart_table("The networks",
                               {"parameters", "of convolutions", "million operations a state", "trainings",
                                "interactions, last point", "success there", "points in the fit"},
                               rows);
}

json failure_curves(const std::vector<ScaledSize>& sizes, const ScalingFit& fit) {
  json series = json::array();
  for (size_t size = 0; size < sizes.size(); ++size) {
    json points = json::array();
    for (const ScalingPoint& point : points_in_time(fit, size))
      points.push_back(findings::chart_point(compute_of(sizes, point), failures(point.success)));
    series.push_back({{"name", size_name(sizes[size])}, {"points", points}});
  }
  if (fit.is_bounded()) series.push_back(frontier_of(fit));
  return {
      {"type", "curve"},
      {"title", "Failures against compute"},
      {"note",
       "F is the ratio of failures to successes, (1 − s) / s, on levels that are new at each update; means over "
       "seeds. On the frontier of the law the size is optimal, and I is the compute."},
      {"x", log_axis(kCompute)},
      {"y", log_axis("failures for each success, F")},
      {"series", series}};
}

json fit_points(const std::vector<ScaledSize>& sizes, const ScalingFit& fit) {
  json series = json::array();
  for (size_t size = 0; size < sizes.size(); ++size) {
    json points = json::array();
    for (const ScalingPoint& point : points_in_time(fit, size))
      points.push_back(findings::chart_point(std::exp(point.log_by_success), std::exp(point.log_by_law)));
    series.push_back({{"name", size_name(sizes[size])}, {"style", "points"}, {"points", points}});
  }
  const double least = std::exp(fit.points.front().log_by_success),
               largest = std::exp(fit.points.back().log_by_success);
  series.push_back(line_between("equal", {{least, least}, {largest, largest}}));
  return {{"type", "curve"},
          {"title", "Intrinsic performance by the law, against that by success"},
          {"note", fmt::format("The root mean square of the difference is {:.2g} in log I.", fit.error)},
          {"x", log_axis("I by success")},
          {"y", log_axis("I by the law, from parameters and interactions")},
          {"series", series}};
}

json optimal_sizes(const std::vector<ScaledSize>& sizes, const ScalingFit& fit) {
  json series = json::array();
  if (fit.is_bounded()) series.push_back(optimum_of(sizes, fit));
  series.push_back({{"name", "the most successful of the sizes"},
                    {"style", "points"},
                    {"points", best_sizes(sizes, fit)}});
  json levels = json::array();
  for (const ScaledSize& size : sizes) levels.push_back({{"y", size.curves.parameters}});
  return {{"type", "curve"},
          {"title", "Optimal size against compute"},
          {"note", "Horizontal lines are the sizes that were trained."},
          {"x", log_axis(kCompute)},
          {"y", log_axis("parameters")},
          {"series", series},
          {"levels", levels}};
}

}  // namespace mazescan::report
