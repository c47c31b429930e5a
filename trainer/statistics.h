#pragma once
#include <torch/types.h>

#include "trainer/tallies.h"

namespace mazescan::trainer {

// Sums over the states of an update: seconds of network arithmetic, steps and rewards, regrets, and the episodes
// that ended, by maze size.
struct CollectStatistics {
  double network_seconds = 0;
  double steps = 0, reward = 0;
  double evaluated = 0;  // states that the network evaluated for these steps
  // With train.exact.replay: regrets, summed over levels, and numbers of levels.
  double new_regret = 0, new_levels = 0, replayed_regret = 0, replayed_levels = 0;
  Tallies finished;
};

// How far the network's values are from the returns, as sums over states.
struct ValueError {
  double states = 0;
  double returns = 0, squared_returns = 0, errors = 0, squared_errors = 0;

  // Shapes: values float32, returns float64, of the same shape.
  void add(const torch::Tensor& values, const torch::Tensor& returns_of_states);
  // Returns the explained variance: 1 - variance of the errors / variance of the returns.
  double explained_variance() const;
};

}  // namespace mazescan::trainer
