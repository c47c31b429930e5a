#pragma once
#include <string>
#include <vector>

#include "envs/maze/level.h"
#include "envs/maze_state.h"

namespace mazescan {

// Whether something could have come from the generator, and if not, every reason found, in plain words.
struct OnDistribution {
  std::vector<std::string> reasons;
  explicit operator bool() const { return reasons.empty(); }
};

// Could generate_level make these walls and this cheese with `options`? Asked is whether the size and its
// place in the world are possible, every room (both coordinates even) is free, every pillar (both odd) is a
// wall, the passages between rooms are a spanning tree, and the cheese lies where the game puts it; not
// whether one of the 2^32 seeds leads to just this tree. Throws UserError on impossible options. No cheese is
// possible in maze_aisc with a region of 1 or more, where the search for a cell may give up.
OnDistribution on_distribution(const MazeLevel& level, const LevelOptions& options);

// Could an episode on such a level reach this state? Besides the above: it begins at the bottom left facing
// left, and the mouse can have come where it is in `clock` steps without passing the cheese.
OnDistribution on_distribution(const MazeState& state, const LevelOptions& options);

}  // namespace mazescan
