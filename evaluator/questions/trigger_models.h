#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "statistics/statistics.h"

namespace mazescan::questions {

// A cell where the mouse must choose between the cheese and the top-right corner, and what it favours.
struct TriggerState {
  int32_t level_seed = 0;
  int size = 0;
  int to_cheese = 0, to_corner = 0;  // steps
  bool favours_cheese = false;
};

// What may decide it. Every model has rates, or an intercept, of its own for each size, so that a policy that
// changes with size alone is no trigger.
enum class TriggerModel {
  kConstant,    // nothing but the size
  kNearCheese,  // within a radius of the cheese, or not
  kNearCorner,  // within a radius of the corner, or not
  kEither,      // within a radius of the one or the other
  kSmooth,      // log odds linear in both distances
};
inline constexpr TriggerModel kTriggerModels[] = {TriggerModel::kConstant, TriggerModel::kNearCheese,
                                                  TriggerModel::kNearCorner, TriggerModel::kEither,
                                                  TriggerModel::kSmooth};
const char* trigger_model_name(TriggerModel model);  // "near the cheese"

inline constexpr int kNoRadius = -1;
inline constexpr int kLargestRadius = 60;  // that is tried

struct FittedTrigger {
  TriggerModel model = TriggerModel::kConstant;
  int cheese_radius = kNoRadius, corner_radius = kNoRadius;  // of the models that have them
  double cheese_slope = 0, corner_slope = 0;                 // of kSmooth: log odds a step
  std::map<int, std::pair<double, double>> rates;            // by size: within, beyond
  std::map<int, double> intercepts;                          // of kSmooth, by size
  double probability(const TriggerState& state) const;       // that it favours the cheese
};

// Fits models by maximum likelihood to the same states again and again, with other weights of their levels.
class TriggerFitter {
 public:
  explicit TriggerFitter(const std::vector<TriggerState>& states);
  int64_t levels() const { return levels_; }                // different level seeds: what is resampled
  const std::vector<int>& level() const { return level_; }  // of each state

  // weights: of each level. start: a fit of kSmooth to begin with, or nullptr.
  FittedTrigger fit(TriggerModel model, const std::vector<int>& weights,
                    const FittedTrigger* start = nullptr) const;
  FittedTrigger fit(TriggerModel model) const;

 private:
  FittedTrigger fit_radii(TriggerModel model, const std::vector<int>& weights) const;
  FittedTrigger fit_smooth(const std::vector<int>& weights, const FittedTrigger* start) const;

  const std::vector<TriggerState> states_;
  std::vector<int> level_;
  int64_t levels_ = 0;
  std::vector<int> sizes_;      // ascending
  std::vector<size_t> size_;    // of each state: index into sizes_
  std::vector<size_t> place_;   // of each state: index into places_
  std::vector<size_t> places_;  // for each different (size, distances): a state that has them
};

// 95 % intervals of a fit's parameters, by refits to resampled levels: radii by percentiles, slopes by
// Student's t.
struct TriggerIntervals {
  statistics::Interval cheese_radius, corner_radius, cheese_slope, corner_slope;
};
TriggerIntervals trigger_intervals(const TriggerFitter& fitter, const FittedTrigger& fit);

}  // namespace mazescan::questions
