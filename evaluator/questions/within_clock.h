#pragma once
#include <vector>

#include "evaluator/questions/episode_chances.h"
#include "statistics/statistics.h"

// Means over episodes, within T or without, for resamples of level seeds: weights[l] is how often level l
// occurs.
namespace mazescan::questions {

// T and T95 of one size: mean steps of successful top_right episodes, and the steps after which 95 % of these
// successes have arrived. NaN without successes.
struct Clock {
  double t = 0, t95 = 0;
};

// The sum of parts over the sum of wholes: one part and one whole for each counted episode.
struct Ratio {
  std::vector<int> level;
  std::vector<double> parts, wholes;

  void count(int its_level, double part, double whole = 1);
  double value(const std::vector<int>& weights) const;  // NaN if the wholes sum to 0
  // Returns the interval of a share in [0, 1], from its spread over levels.
  statistics::Interval interval(double share) const;
};

// Returns the mean steps of successful episodes as a ratio: the expected steps that are spent on successes,
// over the chance of success within the limit. over_optimal: the steps are divided by those of the shortest
// path.
Ratio steps_of_successes(const Episodes& episodes, const Courses& courses, bool over_optimal);

// Computes the clock of a resample from the top_right episodes.
class ClockSource {
 public:
  ClockSource() = default;
  ClockSource(const Episodes& top_right, const Courses& courses);
  Clock operator()(const std::vector<int>& weights) const;
  int64_t successes() const {
    return static_cast<int64_t>(steps_.level.size());
  }  // episodes that may succeed

 private:
  double arrivals(const std::vector<int>& weights, int step) const;

  Ratio steps_;
  int limit_ = 0;
  std::vector<int> level_;
  std::vector<const float*> arrived_;
};

// The share of counted episodes that have arrived within T or T95.
struct WithinClock {
  double Clock::*bound = &Clock::t;
  int limit = 0;
  std::vector<int> level;
  std::vector<const float*> arrived;  // one row for each of `level`, as in Courses

  double value(const std::vector<int>& weights, const Clock& clock) const;  // NaN without a clock
  Ratio at(const Clock& clock) const;                                       // the same with T fixed
 private:
  size_t step(const Clock& clock) const;
};

}  // namespace mazescan::questions
