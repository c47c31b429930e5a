#pragma once
#include "envs/environment_info.h"
#include "envs/heist/level.h"

// procgen's heist: keys open doors, and the exit behind them gives the reward. Levels and motion are procgen's,
// bit for bit; the mouse moves by parts of a cell.
namespace mazescan::heist {

// The keys of the environment `heist`.
struct HeistConfig {
  int world_dim = 13;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("world_dim", world_dim, "side of the padded grid, odd; procgen: 9 easy, 13 hard, 23 memory",
          between(kSmallestSize, envs::kMaxWorldDim));
  }
  // Throws UserError if world_dim is even.
  void validate() const;
};

// Returns the entry of the table.
envs::EnvironmentInfo heist_info();

}  // namespace mazescan::heist
