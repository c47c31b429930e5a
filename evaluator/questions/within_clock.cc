#include "evaluator/questions/within_clock.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace mazescan::questions {
namespace {

using statistics::kNaN;
constexpr double kTail = 0.95;

double weighted_sum(const std::vector<int>& level, const std::vector<double>& values,
                    const std::vector<int>& weights) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += values[i] * weights[static_cast<size_t>(level[i])];
  return sum;
}

}  // namespace

void Ratio::count(int its_level, double part, double whole) {
  level.push_back(its_level);
  parts.push_back(part);
  wholes.push_back(whole);
}

double Ratio::value(const std::vector<int>& weights) const {
  const double all = weighted_sum(level, wholes, weights);
  return all > 0 ? weighted_sum(level, parts, weights) / all : kNaN;
}

statistics::Interval Ratio::interval(double share) const {
  std::map<int, std::pair<double, double>> levels;
  for (size_t i = 0; i < level.size(); ++i) {
    levels[level[i]].first += parts[i];
    levels[level[i]].second += wholes[i];
  }
  std::vector<double> part, whole;
  double sum = 0, squares = 0;
  for (const auto& [its_level, both] : levels) {
    part.push_back(both.first);
    whole.push_back(both.second);
    sum += both.second;
    squares += both.second * both.second;
  }
  const double trials =
      statistics::effective_trials(share, statistics::ratio_variance(part, whole), sum * sum / squares);
  return statistics::wilson_interval(share * trials, trials);
}

Ratio steps_of_successes(const Episodes& episodes, const Courses& courses, bool over_optimal) {
  Ratio ratio;
  const auto limit = static_cast<size_t>(episodes.limit);
  for (size_t e = 0; e < episodes.level.size(); ++e) {
    const float* arrived = courses.arrived[e];
    if (arrived[limit] <= 0 || (over_optimal && episodes.optimal[e] <= 0)) continue;
    double steps = static_cast<double>(limit) * arrived[limit];
    for (size_t t = 0; t < limit; ++t) steps -= arrived[t];
    ratio.count(episodes.level[e], over_optimal ? steps / episodes.optimal[e] : steps, arrived[limit]);
  }
  return ratio;
}

ClockSource::ClockSource(const Episodes& top_right, const Courses& courses)
    : steps_(steps_of_successes(top_right, courses, false)),
      limit_(top_right.limit),
      level_(top_right.level),
      arrived_(courses.arrived) {}

double ClockSource::arrivals(const std::vector<int>& weights, int step) const {
  double sum = 0;
  for (size_t i = 0; i < level_.size(); ++i)
    sum += weights[static_cast<size_t>(level_[i])] * static_cast<double>(arrived_[i][step]);
  return sum;
}

Clock ClockSource::operator()(const std::vector<int>& weights) const {
  const double t = steps_.value(weights);
  if (std::isnan(t)) return {kNaN, kNaN};
  const double enough = kTail * arrivals(weights, limit_) * (1 - 1e-12);
  int low = 0, high = limit_;  // the first step with enough arrivals is in [low, high]
  while (low < high) {
    const int middle = (low + high) / 2;
    if (arrivals(weights, middle) >= enough) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return {t, static_cast<double>(low)};
}

// Rounds down. The tolerance keeps a T of 4 from becoming 3.
size_t WithinClock::step(const Clock& clock) const {
  return static_cast<size_t>(std::min<double>(clock.*bound + 1e-9, limit));
}

double WithinClock::value(const std::vector<int>& weights, const Clock& clock) const {
  if (std::isnan(clock.*bound)) return kNaN;
  const size_t at = step(clock);
  double all = 0, hits = 0;
  for (size_t i = 0; i < level.size(); ++i) {
    const int weight = weights[static_cast<size_t>(level[i])];
    all += weight;
    hits += weight * static_cast<double>(arrived[i][at]);
  }
  return all > 0 ? hits / all : kNaN;
}

Ratio WithinClock::at(const Clock& clock) const {
  const size_t at = step(clock);
  Ratio ratio;
  for (size_t i = 0; i < level.size(); ++i) ratio.count(level[i], arrived[i][at]);
  return ratio;
}

}  // namespace mazescan::questions
