#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"

namespace mazescan::questions {

// Predicts from features of a maze whether the mouse goes for the cheese: logistic regression of the first
// step at the decision square on standardised distances, fitted to four of every five levels and tested on
// the fifth.
struct BehaviourRegression {
  struct Coefficient {
    std::string feature;
    double value = 0, low = 0, high = 0;  // per standard deviation; 95 %, bootstrap over levels
  };
  std::vector<Coefficient> coefficients;   // the intercept last
  double accuracy = 0, low = 0, high = 0;  // on the test levels; 95 % interval
  double baseline = 0;                     // test accuracy of predicting the more frequent choice of training
  int64_t fitted = 0, tested = 0;          // decisions
};

// One decision. `features` has the order of behaviour_features().
struct BehaviourRow {
  int32_t level_seed = 0;
  std::vector<double> features;
  bool toward = false;
};
// Returns the names of the features.
const std::vector<std::string>& behaviour_features();
// Returns a row for each sampled rollout that left a decision square: of placement "uniform" if
// scanned, else of "off_region".
std::vector<BehaviourRow> behaviour_rows(const std::vector<datasets::ScanShard>& scan);

// Fits the regression to a subset of the features, given by index. Needs at least one row in each fold.
BehaviourRegression regress_behaviour(const std::vector<BehaviourRow>& rows,
                                      const std::vector<int>& features);

// Returns tables of the coefficients beside the published ones. If there are too few decisions, the
// table gives the reason instead.
std::vector<nlohmann::json> behaviour_figures(const std::vector<datasets::ScanShard>& scan);

}  // namespace mazescan::questions
