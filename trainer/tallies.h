#pragma once
#include <cstdint>
#include <map>

namespace mazescan::trainer {

// Counts episodes that ended; steps and optimal are sums over the successes. Where chances are known, an
// episode that succeeds with chance p counts as p successes.
struct SizeTally {
  int64_t episodes = 0;
  double successes = 0, steps = 0, optimal = 0;

  SizeTally& operator+=(const SizeTally& other) {
    episodes += other.episodes;
    successes += other.successes;
    steps += other.steps;
    optimal += other.optimal;
    return *this;
  }
};

using Tallies = std::map<int, SizeTally>;  // by maze size

}  // namespace mazescan::trainer
