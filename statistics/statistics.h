#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "core/random.h"

// Estimators of the report. Intervals are two-sided, at 95 % unless another confidence is given.
namespace mazescan::statistics {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();  // an undefined statistic
inline constexpr double kConfidence = 0.95;
inline constexpr int kBootstrapRepeats = 1000;

struct Interval {
  double low = 0, high = 0;
};

// Returns the smallest interval that contains both; an interval of NaN is ignored.
Interval hull(Interval a, Interval b);

// Returns the interval of a rate of which `successes` of `trials` were seen. Successes may be fractional (a
// rate times its number of clusters). trials > 0.
// Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
Interval wilson_interval(double successes, double trials, double confidence = kConfidence);

// Returns P(X <= z) for a standard normal X.
double normal_cdf(double z);

// Returns the half-width, in standard errors, of a two-sided interval by Student's t. degrees > 0; infinite
// where the half-width exceeds the range of a double (less than 0.005 degrees).
double student_quantile(double degrees, double confidence = kConfidence);

// Returns the linearised variance of (sum of parts) / (sum of wholes) over independent clusters, with n - 1
// in place of n. 0 for fewer than two clusters. The sum of the wholes must be positive.
// Source: Cochran, "Sampling techniques", 1977, 6.3.
double ratio_variance(const std::vector<double>& parts, const std::vector<double>& wholes);

// Returns the number of independent trials whose rate has the same variance as a mean over clusters. Wilson's
// interval and the score test for that number of trials then hold for the mean.
//   share: the mean, of values in [0, 1]; variance: its variance, from the spread of the clusters
//   clusters: their number, > 0; Kish's number if their weights differ
// The number is reduced by (z / t)^2, as few clusters give an uncertain variance. If the clusters do not
// differ (all 0, for instance), it is the number of clusters, because the next cluster may differ.
// Source: Korn and Graubard, "Confidence intervals for proportions with small expected number of positive
// counts estimated from survey data", 1998.
double effective_trials(double share, double variance, double clusters);

// Returns adjusted p-values, in the given order. Rejecting those of at most alpha keeps the probability of
// any false rejection at most alpha.
// Source: Holm, "A simple sequentially rejective multiple test procedure", 1979.
std::vector<double> holm(const std::vector<double>& p_values);

// Returns the mean, NaN for no values.
double mean(const std::vector<double>& values);

// Returns the q-quantile (0 <= q <= 1) of ascending values, interpolated linearly; NaN for no values.
// Source: Hyndman and Fan, "Sample quantiles in statistical packages", 1996, type 7.
double quantile(const std::vector<double>& ascending, double q);

// Returns the same quantile of values of which values[i] occurs weights[i] times.
double weighted_quantile(const std::vector<double>& ascending, const std::vector<int>& weights, double q);

// Computes the statistics of one resample, in which cluster c occurs weights[c] times. A statistic that is
// undefined for the resample is NaN; its interval ignores the resample.
using BootstrapStatistic =
    std::function<void(const std::vector<int>& weights, std::vector<double>& statistics)>;

// Returns `count` lists, one a statistic: its defined values over `repeats` resamples, ascending. All
// statistics are computed from the same resamples.
std::vector<std::vector<double>> bootstrap_samples(int64_t clusters, int count,
                                                   const BootstrapStatistic& statistics, RandomStream stream,
                                                   int repeats = kBootstrapRepeats);

// Returns the central interval that holds the share `confidence` of ascending values; NaN for no values.
Interval percentile_interval(const std::vector<double>& ascending, double confidence = kConfidence);

// Returns the variance of a statistic: n / (n - 1) times that of its resamples, because resamples of n
// clusters are less spread than new clusters are. 0 for fewer than two clusters or resamples.
double resampled_variance(const std::vector<double>& resamples, double clusters);

// Returns the estimate plus and minus Student's t times its standard error, which is computed from resamples.
// Suited for coefficients: their resamples are biased away from the estimate as the estimate is from the
// truth, so that percentiles would be biased twice.
Interval student_interval(double estimate, const std::vector<double>& resamples, double clusters);

// Returns percentile intervals of `count` statistics over `repeats` resamples of whole clusters with
// replacement. All statistics are computed from the same resamples, which keeps pairs paired. NaN for a
// statistic that no resample defines.
std::vector<Interval> cluster_bootstrap(int64_t clusters, int count, const BootstrapStatistic& statistics,
                                        RandomStream stream, int repeats = kBootstrapRepeats,
                                        double confidence = kConfidence);

}  // namespace mazescan::statistics
