#include "statistics/statistics.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace mazescan::statistics {
namespace {

constexpr double kNoVariance = 1e-24;  // above what rounding leaves of a variance of zero
constexpr double kMinTrials = 1e-6;    // gives the interval [0, 1]; less would overflow

// Returns NaN of NaN, and infinity where a double cannot hold the result, instead of throwing.
namespace policies = boost::math::policies;
using Quiet = policies::policy<policies::domain_error<policies::ignore_error>,
                               policies::overflow_error<policies::ignore_error>>;
using Normal = boost::math::normal_distribution<double, Quiet>;
using Student = boost::math::students_t_distribution<double, Quiet>;

// Returns the half-width, in standard errors, of a two-sided normal interval.
double normal_quantile(double confidence) {
  return boost::math::quantile(Normal(), (1 + confidence) / 2);
}

}  // namespace

Interval hull(Interval a, Interval b) {
  return {std::fmin(a.low, b.low), std::fmax(a.high, b.high)};  // fmin and fmax ignore NaN
}

Interval wilson_interval(double successes, double trials, double confidence) {
  expect(trials > 0 && successes >= 0 && successes <= trials, "0 <= successes <= trials, trials > 0");
  const double z = normal_quantile(confidence);
  const double rate = successes / trials, z2 = z * z / trials;
  const double middle = (rate + z2 / 2) / (1 + z2);
  const double half = std::sqrt(z2 * (rate * (1 - rate) + z2 / 4)) / (1 + z2);
  // At the ends the formula gives 0 and 1 up to rounding only; the interval must contain the rate.
  return {successes == 0 ? 0 : std::max(0.0, middle - half),
          successes == trials ? 1 : std::min(1.0, middle + half)};
}

double normal_cdf(double z) {
  return boost::math::cdf(Normal(), z);
}

double student_quantile(double degrees, double confidence) {
  expect(degrees > 0, "positive degrees of freedom");
  return boost::math::quantile(Student(degrees), (1 + confidence) / 2);
}

double ratio_variance(const std::vector<double>& parts, const std::vector<double>& wholes) {
  expect(parts.size() == wholes.size(), "as many parts as wholes");
  if (parts.size() < 2) return 0;
  const double whole = std::accumulate(wholes.begin(), wholes.end(), 0.0);
  const double ratio = std::accumulate(parts.begin(), parts.end(), 0.0) / whole;
  double squares = 0;
  for (size_t c = 0; c < parts.size(); ++c) squares += std::pow(parts[c] - ratio * wholes[c], 2);
  const auto clusters = static_cast<double>(parts.size());
  return squares / (whole * whole) * clusters / (clusters - 1);
}

double effective_trials(double share, double variance, double clusters) {
  expect(clusters > 0, "a positive number of clusters");
  const double binomial = share * (1 - share);
  if (binomial <= 0 || variance < kNoVariance || clusters <= 1) return clusters;
  const double narrower = normal_quantile(kConfidence) / student_quantile(clusters - 1);
  return std::max(binomial / variance * narrower * narrower, kMinTrials);
}

std::vector<double> holm(const std::vector<double>& p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, static_cast<double>(order.size() - rank) * p_values[order[rank]]);
    adjusted[order[rank]] = std::min(largest, 1.0);
  }
  return adjusted;
}

double mean(const std::vector<double>& values) {
  if (values.empty()) return kNaN;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double quantile(const std::vector<double>& ascending, double q) {
  return weighted_quantile(ascending, std::vector<int>(ascending.size(), 1), q);
}

double weighted_quantile(const std::vector<double>& ascending, const std::vector<int>& weights, double q) {
  const int64_t total = std::accumulate(weights.begin(), weights.end(), int64_t{0});
  if (total == 0) return kNaN;
  const double position = q * static_cast<double>(total - 1);
  const auto rank = static_cast<int64_t>(position);
  int64_t seen = 0;
  for (size_t i = 0; i < ascending.size(); ++i) {
    seen += weights[i];
    if (seen <= rank) continue;
    size_t next = i;  // the value of rank + 1
    if (seen == rank + 1 && rank + 1 < total)
      for (++next; weights[next] == 0;) ++next;
    return ascending[i] + (position - static_cast<double>(rank)) * (ascending[next] - ascending[i]);
  }
  throw InternalError("a quantile outside its values");
}

std::vector<std::vector<double>> bootstrap_samples(int64_t clusters, int count,
                                                   const BootstrapStatistic& statistics, RandomStream stream,
                                                   int repeats) {
  expect(clusters > 0 && count > 0 && repeats > 1, "clusters, statistics and repeats to bootstrap");
  std::vector<std::vector<double>> seen(static_cast<size_t>(count));
  std::vector<int> weights(static_cast<size_t>(clusters));
  std::vector<double> values(static_cast<size_t>(count));
  for (int repeat = 0; repeat < repeats; ++repeat) {
    std::fill(weights.begin(), weights.end(), 0);
    for (int64_t i = 0; i < clusters; ++i) ++weights[stream.below(static_cast<uint32_t>(clusters))];
    statistics(weights, values);
    for (size_t s = 0; s < values.size(); ++s)
      if (!std::isnan(values[s])) seen[s].push_back(values[s]);
  }
  for (auto& sample : seen) std::sort(sample.begin(), sample.end());
  return seen;
}

Interval percentile_interval(const std::vector<double>& ascending, double confidence) {
  return {quantile(ascending, (1 - confidence) / 2), quantile(ascending, (1 + confidence) / 2)};
}

double resampled_variance(const std::vector<double>& resamples, double clusters) {
  if (resamples.size() < 2 || clusters <= 1) return 0;
  const double centre = mean(resamples);
  double squares = 0;
  for (const double value : resamples) squares += (value - centre) * (value - centre);
  return squares / static_cast<double>(resamples.size() - 1) * clusters / (clusters - 1);
}

Interval student_interval(double estimate, const std::vector<double>& resamples, double clusters) {
  if (resamples.size() < 2 || clusters <= 1) return {kNaN, kNaN};
  const double half = student_quantile(clusters - 1) * std::sqrt(resampled_variance(resamples, clusters));
  return {estimate - half, estimate + half};
}

std::vector<Interval> cluster_bootstrap(int64_t clusters, int count, const BootstrapStatistic& statistics,
                                        RandomStream stream, int repeats, double confidence) {
  std::vector<Interval> intervals;
  for (const auto& sample : bootstrap_samples(clusters, count, statistics, stream, repeats))
    intervals.push_back(percentile_interval(sample, confidence));
  return intervals;
}

}  // namespace mazescan::statistics
