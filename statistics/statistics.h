#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "core/random.h"

// The estimators of the report. All intervals are two-sided 95 % intervals unless another level is given.
namespace mazescan {

inline constexpr double kConfidence = 0.95;
inline constexpr int kBootstrapRepeats = 1000;

struct Interval {
  double low = 0, high = 0;
};

// The smallest interval that contains both; a NaN interval counts for nothing.
Interval hull(Interval a, Interval b);

// Wilson, "Probable inference, the law of succession, and statistical inference", 1927: the interval of a
// rate of which `successes` of `trials` were seen. Successes may be fractional (a rate times its number of
// clusters). trials > 0.
Interval wilson_interval(double successes, double trials, double confidence = kConfidence);

// P(standard normal <= z).
double normal_cdf(double z);

// The half-width in standard errors of a two-sided interval by Student's t, degrees > 0 (Abramowitz and
// Stegun, 26.7.5: within 1 % from 3 degrees on).
double student_quantile(double degrees, double confidence = kConfidence);

// The variance of sum of parts / sum of wholes over independent clusters, linearised (Cochran, "Sampling
// techniques", 1977, 6.3), n - 1 in place of n. 0 for fewer than two. The wholes' sum > 0.
double ratio_variance(const std::vector<double>& parts, const std::vector<double>& wholes);

// How many independent trials a mean over clusters is worth, each of which has a share in [0, 1], whose
// variance is known from the spread of the clusters: a rate of so many trials has the same variance, and so
// Wilson's interval and the score test of that rate are the mean's (Korn and Graubard, "Confidence intervals
// for proportions with small expected number of positive counts estimated from survey data", 1998). Fewer by
// the square of t's ratio to z, since so few clusters know their spread no better. Where they do not differ,
// 0 of all, say, as many as clusters: the next one may. clusters > 0, of unequal weights Kish's number.
double effective_trials(double share, double variance, double clusters);

// Holm, "A simple sequentially rejective multiple test procedure", 1979: adjusted p-values in the order
// given. Rejecting those at most alpha keeps the chance of any false rejection at alpha.
std::vector<double> holm(const std::vector<double>& p_values);

// NaN for no values.
double mean(const std::vector<double>& values);

// The q-quantile, q in [0, 1], of ascending values; between two of them linear (Hyndman and Fan's type 7).
// NaN for none.
double quantile(const std::vector<double>& ascending, double q);

// As quantile, of values that each occur weights[i] times.
double weighted_quantile(const std::vector<double>& ascending, const std::vector<int>& weights, double q);

// Statistics of one resample: weights[c] says how often cluster c was drawn. A statistic that the resample
// leaves undefined is NaN and left out of its interval.
using Resampled = std::function<void(const std::vector<int>& weights, std::vector<double>& statistics)>;

// `count` statistics over `repeats` resamples: for each its defined values, ascending. All statistics see the
// same resamples.
std::vector<std::vector<double>> bootstrap_samples(int64_t clusters, int count, const Resampled& statistics,
                                                   RandomStream stream, int repeats = kBootstrapRepeats);

// The middle `confidence` of ascending values; NaN for none.
Interval percentile_interval(const std::vector<double>& ascending, double confidence = kConfidence);

// The variance of a statistic as its resamples show it; n / (n - 1) times theirs, which replace n clusters
// by what was seen of them. 0 where there are no two clusters, or resamples.
double resampled_variance(const std::vector<double>& resamples, double clusters);

// The estimate and Student's t times its standard error, as resamples show it, to either side: for
// coefficients, whose resamples are biased away from the estimate as the estimate is from the truth.
Interval student_interval(double estimate, const std::vector<double>& resamples, double clusters);

// Percentile intervals of `count` statistics over `repeats` resamples, with replacement, of whole clusters.
// All statistics see the same resamples, so that what is paired stays paired. NaN where no resample defines
// the statistic.
std::vector<Interval> cluster_bootstrap(int64_t clusters, int count, const Resampled& statistics,
                                        RandomStream stream, int repeats = kBootstrapRepeats,
                                        double confidence = kConfidence);

}  // namespace mazescan
