#pragma once
#include <map>
#include <string>
#include <vector>

#include "datasets/results.h"
#include "evaluator/analyses/probe/schema.h"
#include "statistics/statistics.h"

// Probe results by layer and size, and the estimates of Q6 and Q6/used.
namespace mazescan::questions {

// Returns the accuracy on a split; 0 without samples.
double accuracy(const probe::Score& score, datasets::Split split);
// Returns the interval of the accuracy on test. Samples of one layout are not independent, so the number of
// trials comes from the spread over layouts. The score must have test samples.
statistics::Interval accuracy_interval(const probe::Score& score,
                                       double confidence = statistics::kConfidence);

// A difference of two accuracies on the same test samples; the bootstrap draws layouts.
struct PairedDifference {
  double value = statistics::kNaN;  // NaN: not measured
  statistics::Interval interval{statistics::kNaN, statistics::kNaN};
  int64_t layouts = 0;
};
// Returns the accuracy of the trained layer minus that of random weights.
PairedDifference above_random(const probe::ProbeResult& result, double confidence = statistics::kConfidence);
// Returns the accuracy minus that of the probe that was fitted to half of the layouts.
PairedDifference gain_by_doubling(const probe::ProbeResult& result);

// The share of the policy's change that an interchange along a read-out brings about.
struct ReadOutUse {
  double value = statistics::kNaN;  // U; NaN: no pairs
  statistics::Interval interval{statistics::kNaN, statistics::kNaN};
  double random_median = statistics::kNaN,
         random_high = statistics::kNaN;  // U of random subspaces: the 97.5th percentile
  int64_t pairs = 0;
};
ReadOutUse read_out_use(const probe::Interchange& use, double confidence = statistics::kConfidence);

// All probe results by layer and size. Layers are in forward order; the observation is separate.
class Probing {
 public:
  explicit Probing(const datasets::Results& results);
  const std::vector<int>& sizes() const { return sizes_; }
  const std::vector<std::string>& layers() const { return layers_; }
  // Returns nullptr if the layer was not probed at this size.
  const probe::ProbeResult* at(const std::string& layer, int size) const;
  const probe::Score* score(const std::string& layer, int size, const std::string& name) const;
  // Returns the layer of `among` whose worst size is best on validation; "" if none was probed at all sizes.
  std::string best(const std::vector<std::string>& among, const std::vector<int>& sizes,
                   const std::string& target) const;

 private:
  std::map<std::string, std::map<int, probe::ProbeResult>> cells_;
  std::vector<std::string> layers_;
  std::vector<int> sizes_;
};

}  // namespace mazescan::questions
