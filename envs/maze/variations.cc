#include "envs/maze/variations.h"

namespace mazescan::maze {

std::vector<envs::MazeState> mouse_variations(const envs::MazeState& state) {
  std::vector<envs::MazeState> states;
  for (const envs::Cell cell : open_cells(*state.level)) {
    states.push_back(state);
    states.back().mouse = cell;
  }
  return states;
}

}  // namespace mazescan::maze
