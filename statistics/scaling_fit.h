#pragma once
#include <cstddef>
#include <vector>

#include "core/random.h"
#include "statistics/scaling_law.h"
#include "statistics/statistics.h"

// Fits the scaling law to learning curves of networks of several sizes.
namespace mazescan::statistics {

struct LearningPoint {
  double interactions = 0;  // until now, > 0
  double success = 0;
};

// The trainings of networks of one size, one for each seed. All have their points at the same moments of the
// training, in ascending order.
struct SizeCurves {
  double parameters = 0;
  std::vector<std::vector<LearningPoint>> trainings;
};

// Points of the mean over seeds that are left out: those of the first 1/64 of a training, in which it only starts, and
// those whose success is within kSuccessMargin of 0 or 1, where its ratio of failures to successes is not known.
inline constexpr double kStartOfTraining = 1.0 / 64, kSuccessMargin = 0.005;

// A point of the mean learning curve of a size, and its intrinsic performance, twice.
struct ScalingPoint {
  size_t size = 0;  // index in the list of sizes
  double interactions = 0, success = 0;
  double log_by_law = 0;      // log I by the law, from parameters and interactions
  double log_by_success = 0;  // log I by the monotone curve that was fitted, from the success alone
};

// Returns the points that a fit uses; both logs are 0.
std::vector<ScalingPoint> points_of(const std::vector<SizeCurves>& sizes);

// Returns whether an end of the interval is 0 or infinite.
bool is_open(Interval interval);

// An end of an interval is 0 or infinite if the curves do not bound it. An end that they bound is NaN if a size has a
// single training.
struct ScalingFit {
  ScalingLaw law;
  std::vector<ScalingPoint> points;  // in order of success
  double error = 0;                  // root of the mean square of log_by_law - log_by_success
  double left_out_error = 0;  // the same, each size by a fit to the others; NaN: they have no such success
  Interval alpha_parameters, alpha_interactions, critical_parameters, size_exponent;  // at 95 %
  bool is_bounded() const;  // both exponents have two bounds
};

// Fits a law and an increasing curve from success to log I, by least squares between both. A point weighs s (1 - s), the
// inverse variance of its log odds. Intervals are Student's, in logarithms, from resamples of the trainings of each
// size. An end of an exponent is open if the fit is hardly worse with an exponent of kMinExponent or kMaxExponent, by
// an F test that counts one observation for each training. At least two sizes and five points.
// Source: Hilton, Tang and Schulman, 2023 (the fit, without weights).
ScalingFit fit_scaling_law(const std::vector<SizeCurves>& sizes, RandomStream stream, int repeats = 200);
inline constexpr double kMinExponent = 0.02, kMaxExponent = 20;

// Returns log I of a success by the curve of a fit, linear between its points and constant beyond them.
double log_performance_of(const std::vector<ScalingPoint>& points, double success);

}  // namespace mazescan::statistics
