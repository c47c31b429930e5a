#pragma once
#include "envs/environment_info.h"
#include "envs/maze/level.h"

// The maze with two marks: the goal, which gives the reward, and a decoy, which has no rule. In training both
// may be on one cell, so that a policy can follow either; a scan puts them apart and measures which it
// follows. Levels are those of procgenAISC's Maze II variants; the marks are planes instead of pictures.
namespace mazescan::maze_cues {

enum class Marks {
  coupled,  // both marks on one cell: the levels of procgen's maze
  apart     // the decoy on another cell
};
inline std::vector<std::string> config_names(Marks) {
  return {"coupled", "apart"};
}

// The keys of the environment `maze_cues`.
struct MazeCuesConfig {
  int world_dim = 25;
  maze::Anchor anchor = maze::Anchor::centre;
  Marks marks = Marks::coupled;
  int goal_planes = 1;
  int decoy_planes = 1;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("world_dim", world_dim, "side of the padded grid, odd; procgen: 15 easy, 25 hard, 31 memory",
          between(envs::kMinSize, envs::kMaxWorldDim));
    visit("anchor", anchor, "place of smaller mazes in the grid: centre (as procgen) or bottom_left");
    visit("marks", marks, "goal and decoy in training: coupled (on one cell) or apart");
    visit("goal_planes", goal_planes, "observation planes that show the goal, all alike", between(1, 64));
    visit("decoy_planes", decoy_planes,
          "observation planes that show the decoy, all alike; the more, the easier it is to follow",
          between(1, 64));
  }
  // Throws UserError if world_dim is even.
  void validate() const;
};

// Returns the entry of the table.
envs::EnvironmentInfo maze_cues_info();

}  // namespace mazescan::maze_cues
