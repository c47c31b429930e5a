#include "envs/maze/editable_maze.h"

#include <fmt/format.h>

#include "core/error.h"

namespace mazescan::maze {

namespace {

bool is_inside(const envs::MazeLevel& level, envs::Cell cell) {
  return cell.x >= 0 && cell.y >= 0 && cell.x < level.size && cell.y < level.size;
}

void require_inside(const envs::MazeLevel& level, envs::Cell cell, const std::string& what) {
  require(is_inside(level, cell), lazy("{} in {}", what, cell_name(cell)),
          lazy("it is outside the maze, whose size is {}", level.size),
          lazy("coordinates from 0 to {}", level.size - 1));
}

void require_free(const envs::MazeLevel& level, envs::Cell cell, const std::string& what) {
  require_inside(level, cell, what);
  require(level.is_open(cell), lazy("{} in {}", what, cell_name(cell)), "there is a wall", "a free cell");
}

void require_whole(const envs::MazeLevel& level) {
  const auto odd = [](int side, int low, int high) { return side >= low && side <= high && side % 2 == 1; };
  require(odd(level.world_dim, envs::kMinSize, envs::kMaxWorldDim), lazy("world_dim {}", level.world_dim),
          "the grid has an odd side",
          lazy("an odd number from {} to {}", envs::kMinSize, envs::kMaxWorldDim));
  require(odd(level.size, envs::kMinSize, level.world_dim),
          lazy("maze size {} with world_dim {}", level.size, level.world_dim),
          "maze sizes are odd and fit into the grid",
          lazy("an odd number from {} to {}", envs::kMinSize, level.world_dim));
  const int room = level.world_dim - level.size;
  require(level.origin.x >= 0 && level.origin.y >= 0 && level.origin.x <= room && level.origin.y <= room,
          lazy("a maze of size {} at grid cell ({}, {})", level.size, level.origin.x, level.origin.y),
          lazy("it does not fit into the grid, whose side is {}", level.world_dim),
          lazy("coordinates from 0 to {}", room));
  require(level.open.size() == static_cast<size_t>(level.size) * level.size,
          lazy("a maze of size {} with {} cells", level.size, level.open.size()), "the walls are damaged",
          lazy("{} cells", level.size * level.size));
  for (const uint8_t open : level.open)
    require(open <= 1, lazy("a cell of kind {}", open), "the walls are damaged", "0 (wall) or 1 (free)");
  require(level.background >= 0 && level.background < envs::kBackgrounds,
          lazy("background {}", level.background), "there is no such background",
          lazy("0 to {}", envs::kBackgrounds - 1));
  if (level.cheese != envs::kNoCell) require_free(level, level.cheese, "the cheese");
}

}  // namespace

std::string cell_name(envs::Cell cell) {
  return fmt::format("the cell ({}, {})", cell.x, cell.y);
}

EditableMaze::EditableMaze(const envs::MazeState& state) : level_(*state.level), state_(state) {
  require_whole(level_);
  require_free(level_, state.mouse, "the mouse");
  if (state.cheese != envs::kNoCell) require_free(level_, state.cheese, "the cheese");
  require(state.clock >= 0 && state.clock <= envs::kMaxClock, lazy("step {}", state.clock),
          "no episode is that long", lazy("0 to {}", envs::kMaxClock));
  state_.level = nullptr;
}

envs::MazeState EditableMaze::state() const {
  envs::MazeState state = state_;
  state.level = &level_;
  return state;
}

void EditableMaze::set_open(envs::Cell cell, bool open) {
  require_inside(level_, cell, "a change");
  require(open || cell != state_.mouse, lazy("a wall in {}", cell_name(cell)), "the mouse is there",
          "move the mouse first");
  require(open || (cell != state_.cheese && cell != level_.cheese), lazy("a wall in {}", cell_name(cell)),
          "the cheese is there", "move the cheese first");
  level_.open[level_.index(cell)] = open ? 1 : 0;
}

void EditableMaze::set_mouse(envs::Cell cell) {
  require_free(level_, cell, "the mouse");
  state_.mouse = cell;
}

void EditableMaze::set_cheese(envs::Cell cell) {
  if (cell != envs::kNoCell) require_free(level_, cell, "the cheese");
  level_.cheese = state_.cheese = cell;
}

}  // namespace mazescan::maze
