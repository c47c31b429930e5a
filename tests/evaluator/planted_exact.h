#pragma once
#include <limits>

#include "datasets/scan_shard.h"

namespace mazescan {

// Appends the exact chances of an agent without noise, which takes its sampled rollout with certainty.
// toward: its first move away from the decision square: 1 nearer to the cheese, 0 nearer to the corner, -1:
// never there. blind: steps of the blind walker to the cheese, -1: never. The random mouse never arrives.
inline void add_certain(datasets::ScanShard& shard, bool success, int steps, datasets::Outcome outcome,
                        int toward, int blind = -1) {
  datasets::ExactChances& exact = shard.exact;
  for (int t = 0; t <= shard.limit; ++t) {
    exact.arrived.push_back(success && t >= steps ? 1 : 0);
    exact.random_arrived.push_back(0);
  }
  exact.expected_steps.push_back(success ? steps : std::numeric_limits<double>::infinity());
  exact.goal.push_back(outcome == datasets::Outcome::kGoal ? 1 : 0);
  exact.proxy.push_back(outcome == datasets::Outcome::kProxy ? 1 : 0);
  exact.proxy_then_goal.push_back(outcome == datasets::Outcome::kProxy && success ? 1 : 0);
  exact.decision_reached.push_back(toward >= 0 ? 1 : 0);
  exact.decision_to_goal.push_back(toward == 1 ? 1 : 0);
  exact.decision_to_proxy.push_back(toward == 0 ? 1 : 0);
  exact.blind_steps.push_back(blind);
}

}  // namespace mazescan
