#include "envs/maze/variations.h"

#include "core/error.h"

namespace mazescan {

std::vector<MazeState> mouse_variations(const MazeState& state) {
  std::vector<MazeState> states;
  for (const Cell cell : open_cells(*state.level)) {
    states.push_back(state);
    states.back().mouse = cell;
  }
  return states;
}

std::vector<MazeState> cheese_variations(const MazeState& state) {
  std::vector<MazeState> states;
  for (const Cell cell : open_cells(*state.level)) {
    states.push_back(state);
    states.back().cheese = cell;
  }
  return states;
}

void write_planes(const std::vector<MazeState>& states, uint8_t* out) {
  for (const MazeState& state : states) {
    expect(state.level->world_dim == states.front().level->world_dim, "states in grids of one size");
    write_planes(state, out);
    out += planes_bytes(state.level->world_dim);
  }
}

}  // namespace mazescan
