#include "statistics/share_curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "statistics/decline.h"
#include "statistics/logistic.h"

namespace mazescan::statistics {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double in_unit(double share) {
  return std::clamp(share, 0.0, 1.0);
}

double range_of(const std::vector<SharePoint>& points) {
  return points.back().place - points.front().place;
}

// The weighted least-squares line through (x, share).
struct Line {
  double intercept = 0, slope = 0, squares = 0;  // squares: sum of the weighted squares of the errors
};
Line fit_line(const std::vector<SharePoint>& points, const std::function<double(double)>& x_of) {
  double w = 0, wx = 0, wp = 0;
  for (const SharePoint& point : points) {
    w += point.count;
    wx += point.count * x_of(point.place);
    wp += point.count * point.share;
  }
  double xx = 0, xp = 0;
  for (const SharePoint& point : points) {
    const double x = x_of(point.place) - wx / w;
    xx += point.count * x * x;
    xp += point.count * x * (point.share - wp / w);
  }
  Line line;
  line.slope = xx > 0 ? xp / xx : 0;
  line.intercept = (wp - line.slope * wx) / w;
  for (const SharePoint& point : points)
    line.squares +=
        point.count * std::pow(point.share - in_unit(line.intercept + line.slope * x_of(point.place)), 2);
  return line;
}

ShareCurve fit_constant(const std::vector<SharePoint>& points) {
  const double share = fit_line(points, [](double) { return 0.0; }).intercept;
  return {[share](double) { return share; }, fmt::format("{:.3f} everywhere", share)};
}

ShareCurve fit_straight(const std::vector<SharePoint>& points) {
  const Line fit = fit_line(points, [](double place) { return place; });
  return {[fit](double place) { return in_unit(fit.intercept + fit.slope * place); },
          fmt::format("{:.3f} {:+.4f} x", fit.intercept, fit.slope)};
}

// Searches the length of the decay on a grid, from a hundredth of the range to ten times the range.
ShareCurve fit_exponential(const std::vector<SharePoint>& points) {
  constexpr int kSteps = 240;
  const double first = points.front().place;
  Line best;
  double best_length = 0;
  best.squares = kInfinity;
  for (int step = 0; step <= kSteps; ++step) {
    const double length = range_of(points) * std::pow(10, -2 + 3.0 * step / kSteps);
    const Line fit = fit_line(points, [&](double place) { return std::exp(-(place - first) / length); });
    if (fit.squares >= best.squares) continue;
    best = fit;
    best_length = length;
  }
  return {[best, best_length, first](double place) {
            return in_unit(best.intercept + best.slope * std::exp(-(place - first) / best_length));
          },
          fmt::format("{:.3f} {:+.3f} exp(-(x - {:.0f}) / {:.2f})", best.intercept, best.slope, first,
                      best_length)};
}

LogisticFit logistic_of(const std::vector<SharePoint>& points, const std::function<double(double)>& x_of) {
  const auto rows = static_cast<Eigen::Index>(points.size());
  Eigen::MatrixXd x(rows, 1);
  Eigen::VectorXd shares(rows), counts(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const SharePoint& point = points[static_cast<size_t>(i)];
    x(i, 0) = x_of(point.place);
    shares[i] = in_unit(point.share);
    counts[i] = point.count;
  }
  return fit_logistic(x, shares, counts);
}

double logistic_at(double intercept, double slope, double x) {
  return 1 / (1 + std::exp(-(intercept + slope * x)));
}

ShareCurve fit_logistic_curve(const std::vector<SharePoint>& points) {
  const LogisticFit fit = logistic_of(points, [](double place) { return place; });
  const double intercept = fit.intercept, slope = fit.coefficients[0];
  return {[=](double place) { return logistic_at(intercept, slope, place); },
          fmt::format("log odds {:.2f} {:+.3f} x", intercept, slope)};
}

// The distance between the places where a logit linear in log(place) is at 10 and 90 %, for a middle of 1.
double unit_width(double slope) {
  return std::pow(9, 1 / std::abs(slope)) - std::pow(9, -1 / std::abs(slope));
}

ShareCurve fit_log_logistic(const std::vector<SharePoint>& points) {
  const LogisticFit free = logistic_of(points, [](double place) { return std::log(place); });
  const auto curve_of = [](double intercept, double slope) {
    return ShareCurve{[=](double place) { return logistic_at(intercept, slope, std::log(place)); },
                      fmt::format("log odds {:.2f} {:+.3f} log x", intercept, slope)};
  };
  const double least = kGradualWidth * range_of(points), slope = free.coefficients[0];
  if (std::abs(slope) < 1e-6 || std::exp(-free.intercept / slope) * unit_width(slope) >= least)
    return curve_of(free.intercept, slope);
  // The best gradual curve is as narrow as allowed: its middle follows from its slope.
  constexpr int kSteps = 400;
  ShareCurve best = curve_of(free.intercept, 0);
  for (int step = 0; step <= kSteps; ++step) {
    const double steepness = std::pow(10, -1 + 3.0 * step / kSteps),
                 signed_slope = std::copysign(steepness, slope);
    const ShareCurve curve = curve_of(-signed_slope * std::log(least / unit_width(steepness)), signed_slope);
    if (distance(curve, points) < distance(best, points)) best = curve;
  }
  return best;
}

ShareCurve fit_nonincreasing(const std::vector<SharePoint>& points) {
  std::vector<double> shares, counts;
  for (const SharePoint& point : points) {
    shares.push_back(point.share);
    counts.push_back(point.count);
  }
  const std::vector<double> fitted = nonincreasing_fit(shares, counts);
  return {[points, fitted](double place) {  // linear between the points
            size_t next = 1;
            while (next + 1 < points.size() && points[next].place < place) ++next;
            const double from = points[next - 1].place, to = points[next].place;
            const double part = std::clamp((place - from) / (to - from), 0.0, 1.0);
            return fitted[next - 1] + part * (fitted[next] - fitted[next - 1]);
          },
          fmt::format("{:.3f} to {:.3f}", fitted.front(), fitted.back())};
}

ShareCurve fit_break(const std::vector<SharePoint>& points) {
  double best = kInfinity, before = 0, after = 0, last = 0, next = 0;
  for (size_t split = 1; split < points.size(); ++split) {
    const auto at = points.begin() + static_cast<std::ptrdiff_t>(split);
    const auto level = [](double) { return 0.0; };
    const Line left = fit_line({points.begin(), at}, level), right = fit_line({at, points.end()}, level);
    if (left.squares + right.squares >= best) continue;
    best = left.squares + right.squares;
    before = left.intercept;
    after = right.intercept;
    last = (at - 1)->place;
    next = at->place;
  }
  const double middle = (last + next) / 2;
  return {[=](double place) { return place < middle ? before : after; },
          fmt::format("{:.3f} up to {:.0f}, {:.3f} from {:.0f} on", before, last, after, next)};
}

double standard_normal(RandomStream& random) {
  const double u = 1 - random.uniform(), v = random.uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * v);
}

}  // namespace

const std::vector<ShareModel>& share_models() {
  using Kind = ShareModel::Kind;
  static const std::vector<ShareModel> models = {
      {"constant", Kind::kGradual, fit_constant},
      {"line", Kind::kGradual, fit_straight},
      {"exponential decay to a floor", Kind::kGradual, fit_exponential},
      {"logit linear in log x, gradual", Kind::kGradual, fit_log_logistic},
      {"any decline", Kind::kReference, fit_nonincreasing},
      {"logistic", Kind::kTransition, fit_logistic_curve},
      {"one break", Kind::kTransition, fit_break},
  };
  return models;
}

double distance(const ShareCurve& curve, const std::vector<SharePoint>& points) {
  double squares = 0, counts = 0;
  for (const SharePoint& point : points) {
    squares += point.count * std::pow(point.share - curve.at(point.place), 2);
    counts += point.count;
  }
  return std::sqrt(squares / counts);
}

double largest_step_p_value(const std::vector<SharePoint>& points, const ShareCurve& gradual,
                            RandomStream stream, int repeats) {
  std::vector<double> places, counts, shares;
  for (const SharePoint& point : points) {
    places.push_back(point.place);
    counts.push_back(point.count);
    shares.push_back(point.share);
  }
  const double measured = measure_decline(places, nonincreasing_fit(shares, counts)).largest_step;
  if (std::isnan(measured)) return 1;
  int reached = 1;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    for (size_t i = 0; i < points.size(); ++i) {
      const double mean = gradual.at(places[i]);
      shares[i] = in_unit(mean + standard_normal(stream) * std::sqrt(mean * (1 - mean) / counts[i]));
    }
    // A sample without a decline has no step that could be small.
    if (!(measure_decline(places, nonincreasing_fit(shares, counts)).largest_step < measured)) ++reached;
  }
  return static_cast<double>(reached) / (repeats + 1);
}

}  // namespace mazescan::statistics
