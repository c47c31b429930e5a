#pragma once
#include <string>
#include <vector>

#include "datasets/results.h"
#include "evaluator/questions/trigger_models.h"
#include "statistics/statistics.h"

// What the shards of trigger say, all sizes together.
namespace mazescan::questions {

// Models are fitted to the states of levels with even seeds, and scored on the others.
struct SeenStates {
  std::vector<TriggerState> fitted, scored;
  std::vector<TriggerState> all;
  std::vector<double> difference;  // of all: total variation between with and without the cheese
};
SeenStates states_of(const datasets::Results& trigger);

// The edit along the predicting direction; empty where no unit found a direction.
struct DirectionEdits {
  std::vector<double> coefficients;
  std::vector<double> along, random;  // share of states that favour the cheese
  std::vector<statistics::Interval> along_interval, random_interval;
  int64_t states = 0;
  std::string tap;
  double share_of_network = 0;
};
DirectionEdits edits_of(const datasets::Results& trigger);

}  // namespace mazescan::questions
