#pragma once
#include <string>
#include <vector>

#include "envs/maze/level.h"
#include "envs/maze_state.h"

namespace mazescan::maze {

// The result of a check: whether the generator could have made a level or state, and the reasons if not.
struct OnDistribution {
  std::vector<std::string> reasons;
  explicit operator bool() const { return reasons.empty(); }
};

// Checks whether generate_level can make these walls and this cheese with `options`: the size and its place
// in the grid are possible, every room (both coordinates even) is free, every pillar (both odd) is a wall,
// the passages between rooms are a spanning tree, and the cheese is where the game puts it. Does not check
// whether one of the 2^32 seeds makes this tree. A level without cheese is possible in maze_aisc with a
// region of 1 or more, where the search for a cell may give up. Throws UserError on impossible options.
OnDistribution on_distribution(const envs::MazeLevel& level, const LevelOptions& options);

// Checks the level, and whether an episode on it can reach this state: it starts at the bottom left facing
// left, and the mouse can reach its cell in `clock` steps without passing the cheese.
OnDistribution on_distribution(const envs::MazeState& state, const LevelOptions& options);

}  // namespace mazescan::maze
