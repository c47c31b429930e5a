#include "statistics/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace mazescan::statistics {
namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();

// Returns the statistic "weighted mean of the clusters' values".
BootstrapStatistic weighted_mean(const std::vector<double>& values) {
  return [&values](const std::vector<int>& weights, std::vector<double>& out) {
    double sum = 0;
    for (size_t c = 0; c < values.size(); ++c) sum += weights[c] * values[c];
    out[0] = sum / static_cast<double>(values.size());
  };
}

TEST(Wilson, PublishedValues) {
  // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
  const struct {
    double successes, trials, low, high;
  } published[] = {
      {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
  for (const auto& p : published) {
    const Interval interval = wilson_interval(p.successes, p.trials);
    EXPECT_NEAR(interval.low, p.low, 5e-5);
    EXPECT_NEAR(interval.high, p.high, 5e-5);
  }
}

TEST(Wilson, AThousandLevels) {  // a rate of 0.33 of 1,000 levels has the interval [0.302, 0.360]
  const Interval interval = wilson_interval(330, 1000);
  EXPECT_NEAR(interval.low, 0.302, 5e-4);
  EXPECT_NEAR(interval.high, 0.360, 5e-4);
}

TEST(Holm, StepsDown) {
  const auto adjusted = holm({0.01, 0.04, 0.03, 0.005});
  EXPECT_NEAR(adjusted[3], 0.02, 1e-12);
  EXPECT_NEAR(adjusted[0], 0.03, 1e-12);
  EXPECT_NEAR(adjusted[2], 0.06, 1e-12);
  EXPECT_NEAR(adjusted[1], 0.06, 1e-12) << "never less than that of a smaller p";
  EXPECT_EQ(holm({0.6, 0.9})[1], 1);
  EXPECT_TRUE(holm({}).empty());
}

TEST(NormalCdf, KnownValues) {
  EXPECT_DOUBLE_EQ(normal_cdf(0), 0.5);
  // Computed with scipy 1.17.
  EXPECT_NEAR(normal_cdf(-1.959964), 0.024999999096442398, 1e-16);
  EXPECT_NEAR(normal_cdf(1.644854), 0.9500000384745869, 1e-15);
  EXPECT_NEAR(normal_cdf(-6), 9.865876450376946e-10, 1e-23);
  EXPECT_EQ(normal_cdf(-std::numeric_limits<double>::infinity()), 0);
  EXPECT_TRUE(std::isnan(normal_cdf(kNaN)));
}

TEST(Wilson, EndsAreExactAndMirrored) {
  EXPECT_EQ(wilson_interval(0, 1000).low, 0);
  EXPECT_EQ(wilson_interval(1000, 1000).high, 1);
  const Interval few = wilson_interval(3, 40), many = wilson_interval(37, 40);
  EXPECT_NEAR(few.low, 1 - many.high, 1e-12);
  EXPECT_NEAR(few.high, 1 - many.low, 1e-12);
  EXPECT_LT(wilson_interval(3, 40, 0.99).low, few.low);
  EXPECT_THROW(wilson_interval(1, 0), InternalError);
}

TEST(Wilson, CoversTheTruth) {
  RandomStream stream(1, "coverage");
  for (const float rate : {0.02F, 0.33F, 0.5F, 0.97F}) {
    int covered = 0;
    for (int trial = 0; trial < 2000; ++trial) {
      int successes = 0;
      for (int i = 0; i < 200; ++i) successes += stream.uniform() < rate;
      const Interval interval = wilson_interval(successes, 200);
      covered += interval.low <= rate && rate <= interval.high;
    }
    EXPECT_GT(covered, 0.93 * 2000) << rate;
    EXPECT_LT(covered, 0.985 * 2000) << rate;
  }
}

TEST(Student, QuantilesAreExact) {
  // One and two degrees have closed forms: tan(pi c / 2), and c sqrt(2 / (1 - c^2)).
  const double pi = std::acos(-1.0);
  for (const double c : {0.5, 0.9, 0.95, 0.999}) {
    EXPECT_NEAR(student_quantile(1, c) / std::tan(pi * c / 2), 1, 1e-12) << c;
    EXPECT_NEAR(student_quantile(2, c) / (c * std::sqrt(2 / (1 - c * c))), 1, 1e-12) << c;
  }
  // Computed with scipy 1.17.
  const struct {
    double degrees, confidence, t;
  } computed[] = {{2.5, 0.95, 3.5746548420036817}, {3, 0.95, 3.1824463052837078},
                  {4, 0.95, 2.7764451051977934},   {10, 0.95, 2.228138851986274},
                  {30, 0.95, 2.0422724563012378},  {100, 0.95, 1.9839715185235518},
                  {30, 0.99, 2.7499956535672254},  {0.1, 0.95, 1682362288745.0105}};
  for (const auto& t : computed)
    EXPECT_NEAR(student_quantile(t.degrees, t.confidence) / t.t, 1, 1e-12) << t.degrees;
  EXPECT_NEAR(student_quantile(1e18), 1.959963984540054, 1e-12) << "the normal quantile";
  EXPECT_EQ(student_quantile(0.001), std::numeric_limits<double>::infinity());
}

std::vector<double> resampled_means(const std::vector<double>& values, uint64_t index = 0) {
  return bootstrap_samples(static_cast<int64_t>(values.size()), 1, weighted_mean(values),
                           RandomStream(7, "bootstrap", index), 400)[0];
}
double trials_of(const std::vector<double>& values) {
  const auto clusters = static_cast<double>(values.size());
  return effective_trials(mean(values), resampled_variance(resampled_means(values), clusters), clusters);
}

TEST(EffectiveTrials, OfZerosAndOnesEqualTheClusters) {
  std::vector<double> values(200);
  std::fill_n(values.begin(), 66, 1.0);
  const auto resamples = bootstrap_samples(200, 1, weighted_mean(values), RandomStream(7, "yes"), 20000)[0];
  EXPECT_NEAR(effective_trials(0.33, resampled_variance(resamples, 200), 200), 200, 8);  // 2 standard errors
  EXPECT_NEAR(effective_trials(0.33, 0.33 * 0.67 / 199, 200), 200, 4);
}

TEST(EffectiveTrials, AreMoreIfClustersAreAlike) {
  // Half the clusters have 0.2, half 0.4: a variance of 0.01, where zeros and ones would have 0.21.
  EXPECT_NEAR(effective_trials(0.3, 0.01 / 999, 1000), 21000, 150);
  // Few clusters give an uncertain spread.
  const double narrower = 1.959963984540054 / 2.7764451051977934;
  EXPECT_NEAR(effective_trials(0.3, 0.01 / 4, 5) / (0.21 / 0.01 * 4), narrower * narrower, 1e-9);
}

// Kish's number of clusters is little more than 1 if one of two clusters has nearly all of the weight.
TEST(EffectiveTrials, LittleMoreThanOneClusterGivesAWideInterval) {
  for (const double clusters : {1.5, 1.1, 1.01, 1.001, 1.0000001}) {
    const double trials = effective_trials(0.3, 1e-6, clusters);
    EXPECT_GT(trials, 0);
    const Interval interval = wilson_interval(0.3 * trials, trials);
    EXPECT_TRUE(interval.low <= 0.3 && interval.high >= 0.3) << clusters;
    if (clusters > 1.1) continue;
    EXPECT_LT(interval.low, 1e-3) << clusters;
    EXPECT_GT(interval.high, 1 - 1e-3) << clusters;
  }
}

TEST(RatioVariance, HandComputed) {
  EXPECT_NEAR(ratio_variance({1, 0, 1, 0}, {1, 1, 1, 1}), 0.25 / 3, 1e-12);
  // 4 of 8; residuals 1 - 1, 3 - 2, 0 - 1.
  EXPECT_NEAR(ratio_variance({1, 3, 0}, {2, 4, 2}), 2.0 / 64 * 3 / 2, 1e-12);
  EXPECT_EQ(ratio_variance({1, 2}, {2, 4}), 0);
  EXPECT_EQ(ratio_variance({1}, {2}), 0);
}

TEST(RatioVariance, EqualsThatOfResamples) {
  RandomStream stream(10, "clusters");
  std::vector<double> parts, wholes;
  for (int c = 0; c < 200; ++c) {
    wholes.push_back(1 + stream.below(8));
    parts.push_back(wholes.back() * stream.uniform());
  }
  const auto ratio = [&](const std::vector<int>& weights, std::vector<double>& out) {
    double part = 0, whole = 0;
    for (size_t c = 0; c < parts.size(); ++c) {
      part += weights[c] * parts[c];
      whole += weights[c] * wholes[c];
    }
    out[0] = part / whole;
  };
  const auto resamples = bootstrap_samples(200, 1, ratio, RandomStream(7, "ratio"), 10000)[0];
  EXPECT_NEAR(ratio_variance(parts, wholes) / resampled_variance(resamples, 200), 1, 0.04);
}

TEST(EffectiveTrials, EqualTheClustersIfAllAreAlike) {
  for (const double share : {0.0, 1.0, 0.25}) {
    EXPECT_EQ(trials_of(std::vector<double>(50, share)), 50) << share;
    EXPECT_EQ(effective_trials(share, 1e-33, 50), 50) << "a rounding error is no variance";
  }
  EXPECT_EQ(effective_trials(0.25, 0, 1), 1);
  EXPECT_EQ(resampled_variance({0.1, 0.3}, 1), 0) << "one cluster has no spread";
}

// With as many trials as clusters, Wilson's interval would be several times as wide and always contain the
// truth.
TEST(EffectiveTrials, GiveIntervalsThatCoverSharesAndAreNarrow) {
  RandomStream stream(8, "coverage");
  for (const int zeros : {0, 7}) {  // so many of ten clusters have the share 0
    int covered = 0;
    double width = 0;
    const double truth = 0.3 * (10 - zeros) / 10;
    for (uint64_t trial = 0; trial < 1000; ++trial) {
      std::vector<double> values(60);
      for (double& value : values)
        value = static_cast<int>(stream.below(10)) < zeros ? 0 : 0.2 + 0.2 * stream.uniform();
      const double share = mean(values);
      const double trials =
          effective_trials(share, resampled_variance(resampled_means(values, trial), 60), 60);
      const Interval interval = wilson_interval(share * trials, trials);
      covered += interval.low <= truth && truth <= interval.high;
      width += (interval.high - interval.low) / 1000;
    }
    EXPECT_GT(covered, 930) << zeros;
    EXPECT_LT(covered, 970) << zeros;
    const Interval wilson = wilson_interval(60 * truth, 60);
    EXPECT_LT(width, (zeros > 0 ? 0.5 : 0.2) * (wilson.high - wilson.low)) << zeros;
  }
}

// Percentile intervals of 10 clusters contain the mean in less than 91 % of trials.
TEST(Student, CoversTheMeanOfFewClusters) {
  RandomStream stream(9, "coverage");
  int covered = 0;
  for (uint64_t trial = 0; trial < 2000; ++trial) {
    std::vector<double> values(10);
    for (double& value : values) value = stream.uniform() + stream.uniform() + stream.uniform();
    const Interval interval = student_interval(mean(values), resampled_means(values, trial), 10);
    covered += interval.low <= 1.5 && 1.5 <= interval.high;
  }
  EXPECT_GT(covered, 0.935 * 2000);
  EXPECT_LT(covered, 0.965 * 2000);
}

TEST(Quantile, HandComputed) {
  const std::vector<double> values = {1, 2, 4, 8, 16};
  EXPECT_DOUBLE_EQ(quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(values, 1), 16);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 4);
  EXPECT_DOUBLE_EQ(quantile(values, 0.95), 8 + 0.8 * 8);
  EXPECT_DOUBLE_EQ(quantile({7}, 0.95), 7);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
  EXPECT_TRUE(std::isnan(mean({})));
  EXPECT_DOUBLE_EQ(mean({1, 2, 6}), 3);
}

TEST(Quantile, WeightsEqualRepetitions) {
  const std::vector<double> values = {1, 2, 4, 8};
  const std::vector<int> weights = {2, 0, 1, 3};
  const std::vector<double> repeated = {1, 1, 4, 8, 8, 8};
  for (int twentieth = 0; twentieth <= 20; ++twentieth) {
    const double q = twentieth / 20.0;
    EXPECT_DOUBLE_EQ(weighted_quantile(values, weights, q), quantile(repeated, q)) << q;
  }
  EXPECT_TRUE(std::isnan(weighted_quantile({1, 2}, {0, 0}, 0.5)));
}

TEST(Bootstrap, MatchesTheNormalIntervalOfAMean) {
  std::vector<double> values(400);
  RandomStream stream(2, "values");
  for (double& value : values) value = stream.uniform();
  const double centre = mean(values);
  double variance = 0;
  for (double value : values) variance += (value - centre) * (value - centre) / 400;
  const double half = 1.96 * std::sqrt(variance / 400);
  const Interval interval =
      cluster_bootstrap(400, 1, weighted_mean(values), RandomStream(3, "bootstrap"), 4000)[0];
  EXPECT_NEAR(interval.low, centre - half, 0.1 * half);
  EXPECT_NEAR(interval.high, centre + half, 0.1 * half);
}

TEST(Bootstrap, SameStreamSameInterval) {
  const std::vector<double> values = {1, 5, 2, 8, 3, 3, 9};
  const auto run = [&](uint64_t seed) {
    return cluster_bootstrap(7, 1, weighted_mean(values), RandomStream(seed, "bootstrap"), 500)[0];
  };
  EXPECT_EQ(run(1).low, run(1).low);
  EXPECT_EQ(run(1).high, run(1).high);
  EXPECT_TRUE(run(1).low != run(2).low || run(1).high != run(2).high);
}

// A cluster has 25 copies of one coin: resampling the 2,000 copies one by one would give intervals five times
// too narrow.
TEST(Bootstrap, CoversWhenObservationsShareACluster) {
  RandomStream stream(4, "coverage");
  int covered = 0;
  const int trials = 400, copies = 25;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> observations;
    for (int cluster = 0; cluster < 80; ++cluster)
      observations.insert(observations.end(), copies, stream.uniform() < 0.4F);
    const auto rate = [&](const std::vector<int>& weights, std::vector<double>& out) {
      out[0] = 0;
      for (size_t i = 0; i < observations.size(); ++i)
        out[0] += weights[i / copies] * observations[i] / static_cast<double>(observations.size());
    };
    const auto index = static_cast<uint64_t>(trial);
    const Interval interval = cluster_bootstrap(80, 1, rate, RandomStream(5, "bootstrap", index), 400)[0];
    covered += interval.low <= 0.4 && 0.4 <= interval.high;
  }
  EXPECT_GT(covered, 0.90 * trials);
  EXPECT_LT(covered, 0.99 * trials);
}

TEST(Bootstrap, EveryStatisticSeesTheSameResample) {
  const std::vector<double> values = {0, 1, 0, 1, 1, 0, 1, 0, 0, 1};
  const auto intervals = cluster_bootstrap(
      10, 3,
      [&](const std::vector<int>& weights, std::vector<double>& out) {
        EXPECT_EQ(std::accumulate(weights.begin(), weights.end(), 0), 10);
        out[0] = out[1] = 0;
        for (size_t c = 0; c < 10; ++c) out[0] += weights[c] * values[c];
        out[1] = out[0] - out[0];  // a difference of two equal statistics has no spread
        out[2] = kNaN;
      },
      RandomStream(6, "bootstrap"), 200);
  EXPECT_LT(intervals[0].low, intervals[0].high);
  EXPECT_EQ(intervals[1].low, 0);
  EXPECT_EQ(intervals[1].high, 0);
  EXPECT_TRUE(std::isnan(intervals[2].low));
}

TEST(Bootstrap, HullIgnoresNaN) {
  const Interval both = hull({0.1, 0.3}, {0.2, 0.4}), one = hull({kNaN, kNaN}, {0.2, 0.4});
  EXPECT_EQ(both.low, 0.1);
  EXPECT_EQ(both.high, 0.4);
  EXPECT_EQ(one.low, 0.2);
  EXPECT_EQ(one.high, 0.4);
}

}  // namespace
}  // namespace mazescan::statistics
