#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "statistics/scaling_fit.h"

// Makes learning curves from the metrics of trainings.
namespace mazescan::report {

// What a line of metrics.jsonl holds about success. The levels of an update are new, and are played before its
// gradient step: their success is that of the policy on levels that it never saw.
struct UpdateSuccess {
  double interactions = 0;  // of the training so far: steps, or states
  double levels = 0, successes = 0;
};

// Returns the updates of a training. Throws UserError if there are none, they are no metrics, or a curriculum made the levels
// larger during the training: success then rises and falls with the levels. run: its name, for messages.
std::vector<UpdateSuccess> read_updates(const std::vector<nlohmann::json>& metrics, const std::string& run);

// Returns the borders of the windows over which success is averaged, as indices of updates: window i has the updates
// from border i up to border i + 1. They begin after the first 1/64 of the training, are equally long in log(updates),
// and have at least 2000 levels each, or a twentieth of all if there are fewer than 40,000.
std::vector<size_t> window_borders(size_t updates, double levels_per_update);

// Returns the mean success of each window, at its mean number of interactions.
std::vector<statistics::LearningPoint> learning_curve(const std::vector<UpdateSuccess>& updates,
                                                      const std::vector<size_t>& borders);

}  // namespace mazescan::report
