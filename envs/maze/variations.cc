#include "envs/maze/variations.h"

#include "core/error.h"

namespace mazescan {

std::vector<Cell> open_cells(const MazeLevel& level) {
  std::vector<Cell> cells;
  for (size_t i = 0; i < level.open.size(); ++i)
    if (level.open[i] != 0) cells.push_back(level.cell(i));
  return cells;
}

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
    expect(state.level->world == states.front().level->world, "states in worlds of one size");
    write_planes(state, out);
    out += planes_bytes(state.level->world);
  }
}

}  // namespace mazescan
