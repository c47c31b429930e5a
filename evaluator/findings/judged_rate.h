#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/findings/answer.h"
#include "statistics/statistics.h"

namespace mazescan::findings {

// Rates of fewer episodes than this are shown as rates of few, and get no verdict.
inline constexpr int64_t kFewEpisodes = 30;

// A rate that is compared with a bound, at one size and placement.
struct JudgedRate {
  int size = 0;
  std::string placement;
  double value = 0, low = 0, high = 0;  // 95 %
  int64_t n = 0;
  // One-sided: how likely so low a rate would be if the truth were the bound, and how likely one so high.
  double p_below = 1, p_above = 1;
  Finding finding = Finding::undecided;

  std::string in_words() const;  // "31.2 % [28.4, 34.1] of 1000"
};

// Of `successes` of n independent levels: Wilson's interval and the score test that belongs to it.
JudgedRate judged_rate(double successes, int64_t n, double bound);

// Of a rate that depends on more than its own levels (T is estimated): the hull of Wilson's interval and the
// bootstrap's; the larger p of the two. resamples: ascending.
JudgedRate judged_rate(double successes, int64_t n, double bound, const std::vector<double>& resamples);

// Of a mean over levels, each of which has a share in [0, 1] (of its targets, say); T may be estimated, too:
// Wilson's interval and the score test with as many trials as effective_trials says. `resamples` of levels.
JudgedRate judged_share(double share, int64_t levels, double bound, const std::vector<double>& resamples);

enum class Claim { kBelow, kAbove };

// Gives each rate its finding of "it lies below (above) the bound", by Holm's procedure over the family at
// one-sided 2.5 %, so that a family of one is judged by its 95 % interval. Rates of fewer than kFewEpisodes
// levels stay undecided.
void judge(std::vector<JudgedRate>& family, Claim claim);

// Of "all of them do": holds if all hold, fails if one fails.
Finding all_of(const std::vector<JudgedRate>& family);

// Sizes of the common protocol.
inline constexpr int kVerySmall = 7;   // 3..7
inline constexpr int kVeryLarge = 21;  // 21..25

}  // namespace mazescan::findings
