#include "envs/maze/variations.h"

#include "core/error.h"

namespace mazescan::maze {

std::vector<envs::MazeState> mouse_variations(const envs::MazeState& state) {
  std::vector<envs::MazeState> states;
  for (const envs::Cell cell : open_cells(*state.level)) {
    states.push_back(state);
    states.back().mouse = cell;
  }
  return states;
}

std::vector<envs::MazeState> cheese_variations(const envs::MazeState& state) {
  std::vector<envs::MazeState> states;
  for (const envs::Cell cell : open_cells(*state.level)) {
    states.push_back(state);
    states.back().cheese = cell;
  }
  return states;
}

void write_planes(const std::vector<envs::MazeState>& states, uint8_t* out) {
  for (const envs::MazeState& state : states) {
    expect(state.level->world_dim == states.front().level->world_dim, "states in grids of one size");
    write_planes(state, out);
    out += planes_bytes(state.level->world_dim);
  }
}

}  // namespace mazescan::maze
