#pragma once
#include "envs/environment_info.h"
#include "envs/keys_and_chests/level.h"
#include "envs/maze/level.h"

// Keys and chests: a key opens one chest, which gives the reward. In training there are few keys, so a policy
// may learn to collect keys for their own sake; a scan gives it more keys than chests. Levels are procgenAISC's;
// the mouse moves as in the maze.
namespace mazescan::keys_and_chests {

// The keys of the environment `keys_and_chests`.
struct KeysAndChestsConfig {
  int world_dim = 13;
  maze::Anchor anchor = maze::Anchor::centre;
  Objects objects = Objects::many_chests;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("world_dim", world_dim, "side of the padded grid, odd; procgen: 9 easy, 13 hard, 23 memory",
          between(kSmallestSize, envs::kMaxWorldDim));
    visit("anchor", anchor, "place of smaller levels in the grid: centre or bottom_left");
    visit("objects", objects,
          "in training: many_chests (twice as many chests as keys) or many_keys (the reverse)");
  }
  // Throws UserError if world_dim is even.
  void validate() const;
};

// Returns the entry of the table.
envs::EnvironmentInfo keys_and_chests_info();

}  // namespace mazescan::keys_and_chests
