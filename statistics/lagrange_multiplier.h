#pragma once
#include <algorithm>
#include <cmath>
#include <optional>

namespace mazescan::statistics {

// The Lagrange multiplier of a constraint "excess = 0" of a loss. It grows while the moving average of the excess is
// positive and shrinks while it is negative, by a factor, so that it stays positive.
// Source: Bastings, Aziz and Titov, "Interpretable neural predictions with differentiable binary variables", 2019; start,
// speed and limits are theirs.
struct LagrangeMultiplier {
  double value = 0.0015;
  double speed = 0.05;
  double least = 1e-12, most = 5;
  std::optional<double> average = std::nullopt;  // moving average of the excess; none before the first

  // excess: how much more than wanted there is now.
  void update(double excess) {
    average = average ? (*average + excess) / 2 : excess;
    value = std::clamp(value * std::exp(speed * *average), least, most);
  }
};

}  // namespace mazescan::statistics
