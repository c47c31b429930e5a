#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"

namespace mazescan::questions {

// Which features of a maze predict that the mouse goes for the cheese: a logistic regression of the first
// step at the decision square on standardised distances, fitted to four of five levels and tested on the
// fifth.
struct BehaviourRegression {
  struct Coefficient {
    std::string feature;
    double value = 0, low = 0, high = 0;  // per standard deviation; 95 %, bootstrap over levels
  };
  std::vector<Coefficient> coefficients;   // the intercept last
  double accuracy = 0, low = 0, high = 0;  // on levels that were not fitted; 95 %
  double baseline = 0;                     // on the same: always what is more frequent among those fitted
  int64_t fitted = 0, tested = 0;          // decisions
};

// One decision. features: in the order of behaviour_features().
struct BehaviourRow {
  int32_t level_seed = 0;
  std::vector<double> features;
  bool toward = false;
};
const std::vector<std::string>& behaviour_features();
std::vector<BehaviourRow> behaviour_rows(const std::vector<datasets::ScanShard>& scan);

// With some of the features, by index. At least one row of either fold.
BehaviourRegression regress_behaviour(const std::vector<BehaviourRow>& rows,
                                      const std::vector<int>& features);

// Tables with the published coefficients beside; a table that says why where there are too few decisions.
std::vector<nlohmann::json> behaviour_figures(const std::vector<datasets::ScanShard>& scan);

}  // namespace mazescan::questions
