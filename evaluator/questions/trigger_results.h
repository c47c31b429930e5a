#pragma once
#include <string>
#include <vector>

#include "datasets/results.h"
#include "evaluator/questions/trigger_models.h"
#include "statistics/statistics.h"

// Reads the shards of a trigger job, all sizes together.
namespace mazescan::questions {

// The states, split by level: models are fitted to levels with even seeds and scored on the others.
struct SeenStates {
  std::vector<TriggerState> fitted, scored;
  std::vector<TriggerState> all;
  // For each of `all`: total variation between the policies with and without the cheese; what the cheese adds
  // to the probability of the steps to it; whether these are favoured, with and without it; and the visits of
  // the cell.
  std::vector<double> difference, effect, visits;
  std::vector<uint8_t> favours, favours_without;
};
// Returns the states of all shards.
SeenStates states_of(const datasets::Results& trigger);

// Results of the edit along the predicting direction; empty if no unit found a direction.
struct DirectionEdits {
  std::vector<double> coefficients;
  std::vector<double> along, random;  // by coefficient: share of states that favour the cheese
  std::vector<statistics::Interval> along_interval, random_interval;
  int64_t states = 0;
  std::string tap;
  double share_of_network = 0;
};
// Returns the edits of all shards, pooled.
DirectionEdits edits_of(const datasets::Results& trigger);

}  // namespace mazescan::questions
