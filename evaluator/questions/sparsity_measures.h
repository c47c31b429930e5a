#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/results.h"
#include "statistics/statistics.h"

// The measures of the job sparsity, over all of its sizes and placements together. docs/questions.md defines
// them.
namespace mazescan::questions {

// A channel locates the cheese if its score is above this (docs/questions.md).
inline constexpr double kCheeseChannel = 0.95;

// A rectified layer. Sums over all layers have the same form.
struct LayerSparsity {
  std::string name;
  int64_t units = 0;
  double active = 0;                                         // mean number of units that are not 0 in a state
  int64_t dead = 0;                                          // units that are 0 in every state
  double entropy = 0, max_entropy = 0;                       // of the duty cycles, bits
  double hoyer = statistics::kNaN, gini = statistics::kNaN;  // of the units' mean magnitudes
  bool map = false;
  int64_t channels = 0, cheese_channels = 0;  // of maps
  int64_t leaves = 0;                         // of the largest decision tree of a shard
  double bits = statistics::kNaN;  // of a value, quantised to 8 bits and coded: mean over states and units

  double zeros() const { return 1 - active / static_cast<double>(units); }
  double entropy_share() const { return max_entropy > 0 ? entropy / max_entropy : statistics::kNaN; }
};

// A share with its 95 % interval over levels.
struct LevelShare {
  double value = statistics::kNaN;
  statistics::Interval interval{statistics::kNaN, statistics::kNaN};
  int64_t levels = 0;
};

// The policy with the largest activations of each rectified layer alone.
struct TruncatedPolicy {
  double fraction = 1;              // of each layer's units; 1: the policy unchanged
  double active = 0;                // mean share of units that are not 0
  LevelShare agreement;             // of states: the likeliest move is that of the policy
  std::vector<LevelShare> success;  // for each placement: the chance to reach the cheese, sampled
};

struct SparsityMeasures {
  int64_t states = 0;
  std::vector<int> sizes;               // ascending
  std::vector<std::string> placements;  // in the order of the job
  std::vector<LayerSparsity> layers;    // in forward order
  std::vector<TruncatedPolicy> truncated;

  // Returns sums over the layers; hoyer and gini are means over them, bits is one over their units; leaves are those of
  // the last map, 0 if there is none or its decisions have no such tree.
  LayerSparsity network() const;
};

// Throws UserError if the shards are not of one network.
SparsityMeasures measure_sparsity(const datasets::Results& sparsity);

}  // namespace mazescan::questions
