#include "statistics/scaling_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "statistics/decline.h"
#include "statistics/nelder_mead.h"

namespace mazescan::statistics {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();
constexpr size_t kMinPoints = 5;         // of a fit
constexpr double kSmallSquares = 1e-12;  // of rounding

// Returns the weight of a point: the inverse variance of the log odds of a success that was measured on some number of
// levels, up to a factor.
double weight_of(const ScalingPoint& point) {
  return point.success * (1 - point.success);
}

// The search: the coordinates are log a, log b, and log N* at the compute in the middle of all points.
enum Coordinate { kAlphaParameters, kAlphaInteractions, kOptimum };
const double kLowest = std::log(kMinExponent), kHighest = std::log(kMaxExponent);
constexpr double kFarOptimum = 14;  // |log N* - its start| at most: a factor of a million

using Coordinates = std::vector<double>;

// What the search compares: the points of a fit in order of success, and where the search begins.
struct Curves {
  std::vector<double> parameters;  // of each size
  std::vector<ScalingPoint> points;
  double log_parameters = 0, log_compute = 0;  // means over the points
};

Curves curves_of(const std::vector<SizeCurves>& sizes) {
  Curves curves;
  for (const SizeCurves& size : sizes) curves.parameters.push_back(size.parameters);
  curves.points = points_of(sizes);
  for (const ScalingPoint& point : curves.points) {
    const double size = std::log(curves.parameters[point.size]),
                 n = static_cast<double>(curves.points.size());
    curves.log_parameters += size / n;
    curves.log_compute += (size + std::log(point.interactions)) / n;
  }
  return curves;
}

ScalingLaw law_at(const Curves& curves, const Coordinates& at) {
  const auto exponent = [&](Coordinate of) { return std::exp(std::clamp(at[of], kLowest, kHighest)); };
  return ScalingLaw::with_optimum(exponent(kAlphaParameters), exponent(kAlphaInteractions),
                                  curves.log_parameters + std::clamp(at[kOptimum], -kFarOptimum, kFarOptimum),
                                  curves.log_compute);
}

// Sets both logs of each point, for a law, and returns the mean square between them, weighted. The points are in order
// of success. Points of equal success have one log_by_success.
double measure(const ScalingLaw& law, const Curves& curves, std::vector<ScalingPoint>& points) {
  std::vector<double> negated, weights;
  for (size_t i = 0; i < points.size(); ++i) {
    points[i].log_by_law = law.log_performance(curves.parameters[points[i].size], points[i].interactions);
    if (i == 0 || points[i].success > points[i - 1].success) {
      negated.push_back(0);
      weights.push_back(0);
    }
    const double weight = weight_of(points[i]);
    negated.back() =
        (negated.back() * weights.back() - points[i].log_by_law * weight) / (weights.back() + weight);
    weights.back() += weight;
  }
  const std::vector<double> fitted = nonincreasing_fit(negated, weights);
  double squares = 0;
  for (size_t i = 0, group = 0; i < points.size(); ++i) {
    if (i > 0 && points[i].success > points[i - 1].success) ++group;
    points[i].log_by_success = -fitted[group];
    squares += weight_of(points[i]) * std::pow(points[i].log_by_law - points[i].log_by_success, 2);
  }
  return squares / std::accumulate(weights.begin(), weights.end(), 0.0);
}

// The coordinates that the search holds at a value.
struct Held {
  Coordinate coordinate;
  double value;
};

// Returns the coordinates with the least squares, from the best of several starts and from `near`.
Minimum search(const Curves& curves, const Held* held = nullptr, const Coordinates* near = nullptr) {
  constexpr size_t kSearches = 4;
  std::vector<ScalingPoint> points = curves.points;
  const auto squares = [&](const Coordinates& at) {
    Coordinates used = at;
    if (held != nullptr) used[held->coordinate] = held->value;
    return measure(law_at(curves, used), curves, points);
  };
  std::vector<Minimum> starts;
  for (const double a : {0.2, 0.5, 1.5})
    for (const double b : {0.2, 0.5, 1.5})
      for (const double optimum : {-2.0, 0.0, 2.0}) {
        const Coordinates at = {std::log(a), std::log(b), optimum};
        starts.push_back({at, squares(at)});
      }
  const auto is_lower = [](const Minimum& a, const Minimum& b) { return a.value < b.value; };
  std::stable_sort(starts.begin(), starts.end(), is_lower);
  starts.resize(near == nullptr ? kSearches : 1);
  if (near != nullptr) starts.push_back({*near, squares(*near)});
  std::vector<Minimum> ends;
  for (const Minimum& start : starts) ends.push_back(nelder_mead(squares, start.at, 0.5));
  Minimum best = *std::min_element(ends.begin(), ends.end(), is_lower);
  if (held != nullptr) best.at[held->coordinate] = held->value;
  return best;
}

// Returns the sizes with as many of their trainings as they have, drawn with replacement.
std::vector<SizeCurves> resampled(const std::vector<SizeCurves>& sizes, RandomStream& stream) {
  std::vector<SizeCurves> drawn;
  for (const SizeCurves& size : sizes) {
    drawn.push_back({size.parameters, {}});
    for (size_t i = 0; i < size.trainings.size(); ++i)
      drawn.back().trainings.push_back(
          size.trainings[stream.below(static_cast<uint32_t>(size.trainings.size()))]);
  }
  return drawn;
}

// Returns the error of each size by a fit to the other sizes.
double left_out_error_of(const std::vector<SizeCurves>& sizes, const Curves& all) {
  double squares = 0, weights = 0;
  for (size_t left_out = 0; left_out < sizes.size(); ++left_out) {
    std::vector<SizeCurves> others = sizes;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
    Curves curves = curves_of(others);
    if (others.size() < 2 || curves.points.size() < 2) continue;
    const ScalingLaw law = law_at(curves, search(curves).at);
    measure(law, curves, curves.points);
    for (const ScalingPoint& point : all.points) {
      if (point.size != left_out || point.success < curves.points.front().success ||
          point.success > curves.points.back().success)
        continue;
      const double by_law = law.log_performance(sizes[left_out].parameters, point.interactions);
      squares += weight_of(point) * std::pow(by_law - log_performance_of(curves.points, point.success), 2);
      weights += weight_of(point);
    }
  }
  return weights > 0 ? std::sqrt(squares / weights) : kNaN;
}

// Opens the ends of the interval of an exponent at which the fit is hardly worse.
void open_ends(Interval& interval, Coordinate coordinate, const Curves& curves, double least_squares,
               double degrees) {
  const double allowed =
      (least_squares + kSmallSquares) * (1 + std::pow(student_quantile(degrees), 2) / degrees);
  const Held low{coordinate, kLowest}, high{coordinate, kHighest};
  if (interval.low <= kMinExponent || search(curves, &low).value <= allowed) interval.low = 0;
  if (interval.high >= kMaxExponent || search(curves, &high).value <= allowed) interval.high = kUnbounded;
}

// Of each number that has an interval: log a, log b, log N_c, log(b / a).
template <class T>
using LogNumbers = std::array<T, 4>;

LogNumbers<double> log_numbers(const ScalingLaw& law) {
  const double a = std::log(law.alpha_parameters), b = std::log(law.alpha_interactions);
  return {a, b, law.log_critical_parameters, b - a};
}

// Sets the intervals of a fit at `best`.
void set_intervals(ScalingFit& fit, const std::vector<SizeCurves>& sizes, const Curves& curves,
                   const Minimum& best, RandomStream stream, int repeats) {
  double seeds = kUnbounded, trainings = 0;
  for (const SizeCurves& size : sizes) {
    seeds = std::min(seeds, static_cast<double>(size.trainings.size()));
    trainings += static_cast<double>(size.trainings.size());
  }
  LogNumbers<std::vector<double>> samples;
  for (int repeat = 0; repeat < repeats && seeds > 1; ++repeat) {
    const Curves drawn = curves_of(resampled(sizes, stream));
    if (drawn.points.size() < kMinPoints) continue;
    Coordinates near = best.at;
    near[kOptimum] += curves.log_parameters - drawn.log_parameters;
    const LogNumbers<double> numbers = log_numbers(law_at(drawn, search(drawn, nullptr, &near).at));
    for (size_t i = 0; i < numbers.size(); ++i) samples[i].push_back(numbers[i]);
  }
  const LogNumbers<double> estimates = log_numbers(fit.law);
  LogNumbers<Interval> intervals;
  for (size_t i = 0; i < intervals.size(); ++i) {
    const Interval in_logs = student_interval(estimates[i], samples[i], seeds);
    intervals[i] = {std::exp(in_logs.low), std::exp(in_logs.high)};
  }
  const double degrees = std::max(1.0, trainings - 3);
  open_ends(intervals[0], kAlphaParameters, curves, best.value, degrees);
  open_ends(intervals[1], kAlphaInteractions, curves, best.value, degrees);
  fit.alpha_parameters = intervals[0];
  fit.alpha_interactions = intervals[1];
  const bool any_ratio = intervals[0].high == kUnbounded || intervals[1].low == 0;
  const bool any_inverse = intervals[1].high == kUnbounded || intervals[0].low == 0;
  if (any_ratio || any_inverse) intervals[2] = {0, kUnbounded};
  fit.critical_parameters = intervals[2];
  const auto share = [](double ratio) { return ratio / (1 + ratio); };
  fit.size_exponent = {any_ratio ? 0 : share(intervals[3].low),
                       any_inverse ? kUnbounded : share(intervals[3].high)};
}

}  // namespace

std::vector<ScalingPoint> points_of(const std::vector<SizeCurves>& sizes) {
  std::vector<ScalingPoint> points;
  for (size_t size = 0; size < sizes.size(); ++size) {
    const auto& trainings = sizes[size].trainings;
    expect(!trainings.empty() && !trainings.front().empty(), "a learning curve for each size");
    const double n = static_cast<double>(trainings.size());
    std::vector<LearningPoint> means(trainings.front().size());
    for (const auto& training : trainings) {
      expect(training.size() == means.size(), "learning curves with points at the same moments");
      for (size_t i = 0; i < means.size(); ++i) {
        means[i].interactions += training[i].interactions / n;
        means[i].success += training[i].success / n;
      }
    }
    for (const LearningPoint& mean : means)
      if (mean.interactions > kStartOfTraining * means.back().interactions && mean.success > kSuccessMargin &&
          mean.success < 1 - kSuccessMargin)
        points.push_back({size, mean.interactions, mean.success, 0, 0});
  }
  std::stable_sort(points.begin(), points.end(),
                   [](const ScalingPoint& a, const ScalingPoint& b) { return a.success < b.success; });
  return points;
}

bool is_open(Interval interval) {
  return interval.low == 0 || interval.high == kUnbounded;
}

bool ScalingFit::is_bounded() const {
  return !is_open(alpha_parameters) && !is_open(alpha_interactions);
}

ScalingFit fit_scaling_law(const std::vector<SizeCurves>& sizes, RandomStream stream, int repeats) {
  const Curves curves = curves_of(sizes);
  expect(sizes.size() >= 2 && curves.points.size() >= kMinPoints, "sizes and points to fit");
  const Minimum best = search(curves);
  ScalingFit fit;
  fit.law = law_at(curves, best.at);
  fit.points = curves.points;
  fit.error = std::sqrt(measure(fit.law, curves, fit.points));
  fit.left_out_error = left_out_error_of(sizes, curves);
  set_intervals(fit, sizes, curves, best, stream, repeats);
  return fit;
}

double log_performance_of(const std::vector<ScalingPoint>& points, double success) {
  expect(!points.empty(), "points of a fit");
  const auto next =
      std::lower_bound(points.begin(), points.end(), success,
                       [](const ScalingPoint& point, double value) { return point.success < value; });
  if (next == points.begin()) return points.front().log_by_success;
  if (next == points.end()) return points.back().log_by_success;
  const ScalingPoint& before = *(next - 1);
  const double part = (success - before.success) / (next->success - before.success);
  return before.log_by_success + part * (next->log_by_success - before.log_by_success);
}

}  // namespace mazescan::statistics
