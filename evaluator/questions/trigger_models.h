#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "statistics/statistics.h"

namespace mazescan::questions {

// A cell where the mouse must choose between the cheese and the top-right corner. It flips if it favours the
// cheese, and the same steps are not favoured in the same cell without the cheese: then the cheese made the
// choice.
struct TriggerState {
  int32_t level_seed = 0;
  int size = 0;
  int to_cheese = 0, to_corner = 0;  // steps
  bool flips = false;
};

// Models of flips. Every model has its own rates, or intercept, for each size: a policy that changes
// with size alone is no trigger.
enum class TriggerModel {
  kConstant,    // only the size
  kNearCheese,  // within a radius of the cheese, or not
  kNearCorner,  // within a radius of the corner, or not
  kEither,      // within a radius of at least one of the two
  kSmooth,      // log odds linear in both distances
};
inline constexpr TriggerModel kTriggerModels[] = {TriggerModel::kConstant, TriggerModel::kNearCheese,
                                                  TriggerModel::kNearCorner, TriggerModel::kEither,
                                                  TriggerModel::kSmooth};
const char* trigger_model_name(TriggerModel model);  // "near the cheese"

inline constexpr int kNoRadius = -1;
inline constexpr int kLargestRadius = 60;  // the largest radius that is tried, in steps

struct FittedTrigger {
  TriggerModel model = TriggerModel::kConstant;
  int cheese_radius = kNoRadius, corner_radius = kNoRadius;  // steps; kNoRadius in models without a radius
  double cheese_slope = 0, corner_slope = 0;                 // kSmooth: log odds per step
  std::map<int, std::pair<double, double>> rates;            // by size: within, beyond
  std::map<int, double> intercepts;                          // kSmooth: by size
  double probability(const TriggerState& state) const;       // P(the choice flips)
};

// Fits models by maximum likelihood to a fixed set of states with varying weights of the levels (bootstrap).
class TriggerFitter {
 public:
  explicit TriggerFitter(const std::vector<TriggerState>& states);
  int64_t levels() const { return levels_; }                // number of different level seeds: the clusters
  const std::vector<int>& level() const { return level_; }  // each state's index into these seeds

  // Fits a model. `weights`: [levels()]. `start`: a fit of kSmooth to start from, or nullptr.
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
  std::vector<size_t> size_;    // for each state: index into sizes_
  std::vector<size_t> place_;   // for each state: index into places_
  std::vector<size_t> places_;  // for each different (size, distances): the index of one such state
};

// Intervals (95 %) of a fit's parameters from refits to resampled levels: percentiles for
// radii, Student's t for slopes.
struct TriggerIntervals {
  statistics::Interval cheese_radius, corner_radius, cheese_slope, corner_slope;
};
TriggerIntervals trigger_intervals(const TriggerFitter& fitter, const FittedTrigger& fit);

}  // namespace mazescan::questions
