#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/findings/answer.h"
#include "statistics/statistics.h"

namespace mazescan::findings {

// Rates over fewer episodes are marked as such in the report and get no verdict.
inline constexpr int64_t kFewEpisodes = 30;

// A rate at one size and placement, tested against a bound.
struct JudgedRate {
  int size = 0;
  std::string placement;
  double value = 0, low = 0, high = 0;  // with the 95 % interval
  int64_t n = 0;
  // One-sided p-values: the probability of a rate this low (this high) if the true rate equals the bound.
  double p_below = 1, p_above = 1;
  Finding finding = Finding::undecided;
  // Set by judge(): one-sided p-values of "holds" and "fails", adjusted by Holm over the family.
  double p_holds = 1, p_fails = 1;

  std::string in_words() const;  // "31.2 % [28.4, 34.1] of 1000"
};

// Returns the rate of `successes` in n independent levels, with Wilson's interval and its score test.
JudgedRate judged_rate(double successes, int64_t n, double bound);

// Returns a rate that also depends on an estimate (T): the hull of the Wilson and the bootstrap interval, and
// the larger of the two p-values. `resamples`: bootstrap values, ascending.
JudgedRate judged_rate(double successes, int64_t n, double bound, const std::vector<double>& resamples);

// Returns the mean over levels of a share in [0, 1] (such as the share of a level's targets); T may be
// estimated, too. Wilson's interval and the score test use statistics::effective_trials(). `resamples`:
// bootstrap values over levels.
JudgedRate judged_share(double share, int64_t levels, double bound, const std::vector<double>& resamples);

// Sets the judgement's measure, value, interval and n.
void set_value(Judgement& judgement, const std::string& measure, const JudgedRate& rate);

// Returns what a judgement adds to its evidence if a rate is over fewer than kFewEpisodes levels, otherwise
// "".
std::string few_levels(const std::vector<JudgedRate>& family);

enum class Claim { kBelow, kAbove };

// Sets each rate's finding for the claim "the rate is below (above) the bound", by Holm's procedure over the
// family at one-sided 2.5 %; a family of one is judged by its 95 % interval. Rates over fewer than
// kFewEpisodes levels stay undecided.
void judge(std::vector<JudgedRate>& family, Claim claim);

// Combines findings for a claim about all rates: holds if all hold, fails if one fails.
Finding all_of(const std::vector<JudgedRate>& family);

// Returns the two-sided p-value of a verdict about all rates of judged families: a smaller level than this
// would not give it. NaN for findings other than "holds" and "fails".
double p_value_of(Finding finding, const std::vector<std::vector<JudgedRate>>& families);

// Bounds of the claims.
inline constexpr double kThird = 1.0 / 3, kHalf = 0.5;

}  // namespace mazescan::findings
