#pragma once
#include <algorithm>
#include <cmath>
#include <optional>

namespace mazescan::rationale {

// The Lagrange multiplier of the constraint "expected rate = target". It grows while the rate is above the
// target and shrinks while it is below, by a factor, so that it stays positive.
// Source: Bastings, Aziz and Titov, "Interpretable neural predictions with differentiable binary variables",
// 2019; start and speed are theirs.
struct RateMultiplier {
  double value = 0.0015;
  double speed = 0.05;
  double limit = 5;
  std::optional<double> average = std::nullopt;  // moving average of the excess

  // Updates the multiplier. excess: the current expected rate minus the target.
  void update(double excess) {
    average = average ? (*average + excess) / 2 : excess;
    value = std::clamp(value * std::exp(speed * *average), 1e-12, limit);
  }
};

}  // namespace mazescan::rationale
