#include "envs/maze/on_distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "envs/paths.h"

namespace mazescan::maze {

namespace {

using Reasons = std::vector<std::string>;

// Returns false if the cells of the level cannot be checked.
bool check_frame(const envs::MazeLevel& level, const LevelOptions& options, Reasons& reasons) {
  const int largest = options.max_size == 0 ? options.world_dim : options.max_size;
  if (level.world_dim != options.world_dim)
    reasons.push_back(fmt::format("its world_dim is {}, not {}", level.world_dim, options.world_dim));
  if (level.size % 2 == 0 || level.size < envs::kMinSize)
    reasons.push_back(
        fmt::format("its size is {}: sizes are odd and at least {}", level.size, envs::kMinSize));
  if (level.size > largest)
    reasons.push_back(fmt::format("its size is {}, larger than the largest, {}", level.size, largest));
  const int margin = options.anchor == Anchor::centre ? (options.world_dim - level.size) / 2 : 0;
  if (level.origin.x != margin || level.origin.y != margin)
    reasons.push_back(fmt::format("it is at grid cell ({}, {}), not at ({}, {})", level.origin.x,
                                  level.origin.y, margin, margin));
  if (level.background < 0 || level.background >= envs::kBackgrounds)
    reasons.push_back(
        fmt::format("its background is {}: there are 0 to {}", level.background, envs::kBackgrounds - 1));
  const size_t cells = level.size > 0 ? static_cast<size_t>(level.size) * level.size : 0;
  if (level.open.size() != cells)
    reasons.push_back(fmt::format("it has {} cells, not {}", level.open.size(), cells));
  if (std::any_of(level.open.begin(), level.open.end(), [](uint8_t open) { return open > 1; }))
    reasons.emplace_back("a cell is neither free (1) nor wall (0)");
  return level.size > 0 && level.size % 2 == 1 && level.open.size() == cells;
}

void check_tree(const envs::MazeLevel& level, Reasons& reasons) {
  const auto cells_where = [&level](const auto& holds) {
    std::vector<envs::Cell> cells;
    for (size_t i = 0; i < level.open.size(); ++i)
      if (holds(level.cell(i))) cells.push_back(level.cell(i));
    return cells;
  };
  const auto report = [&reasons](const std::vector<envs::Cell>& cells, const char* what) {
    if (cells.empty()) return;
    reasons.push_back(fmt::format("{}: ({}, {})", what, cells[0].x, cells[0].y));
    if (cells.size() > 1) reasons.back() += fmt::format(" and {} more", cells.size() - 1);
  };
  const auto is_room = [](envs::Cell c) { return c.x % 2 == 0 && c.y % 2 == 0; };
  report(cells_where([&](envs::Cell c) { return is_room(c) && !level.is_open(c); }), "a room is a wall");
  report(cells_where([&](envs::Cell c) { return c.x % 2 == 1 && c.y % 2 == 1 && level.is_open(c); }),
         "a pillar between four rooms is free");

  std::vector<size_t> parent(level.open.size());
  std::iota(parent.begin(), parent.end(), size_t{0});
  const auto root = [&parent](envs::Cell cell, const envs::MazeLevel& of) {
    size_t at = of.index(cell);
    while (parent[at] != at) at = parent[at] = parent[parent[at]];
    return at;
  };
  std::vector<envs::Cell> closing;
  for (const envs::Cell passage :
       cells_where([&](envs::Cell c) { return c.x % 2 != c.y % 2 && level.is_open(c); })) {
    const bool across = passage.x % 2 == 1;
    const size_t a = root(envs::neighbour(passage, across ? envs::Move::left : envs::Move::down), level);
    const size_t b = root(envs::neighbour(passage, across ? envs::Move::right : envs::Move::up), level);
    if (a == b) closing.push_back(passage);
    parent[a] = b;
  }
  report(closing, "a passage closes a loop");
  const size_t start = root(envs::kStart, level);
  report(cells_where([&](envs::Cell c) { return is_room(c) && root(c, level) != start; }),
         "a room is cut off from the start");
}

void check_cheese(const envs::MazeLevel& level, envs::Cell cheese, const LevelOptions& options,
                  Reasons& reasons) {
  const bool anywhere = options.game == Game::maze;
  if (cheese == envs::kNoCell) {
    if (anywhere || options.region == 0) reasons.emplace_back("there is no cheese");
    return;
  }
  const std::string where = fmt::format("({}, {})", cheese.x, cheese.y);
  if (!level.is_open(cheese)) reasons.push_back("the cheese is in a wall: " + where);
  if (cheese == envs::kStart) reasons.emplace_back("the cheese is at the start");
  const int inner = level.size - std::clamp(options.region, 1, level.size);
  if (!anywhere && (cheese.x < inner || cheese.y < inner))
    reasons.push_back(options.region == 0
                          ? fmt::format("the cheese is not in the top-right corner: {}", where)
                          : fmt::format("the cheese is outside the top-right {0} x {0} region: {1}",
                                        options.region, where));
}

void check_episode(const envs::MazeState& state, Reasons& reasons) {
  const envs::MazeLevel& level = *state.level;
  if (!level.is_open(state.mouse)) {
    reasons.push_back(fmt::format("the mouse is in a wall: ({}, {})", state.mouse.x, state.mouse.y));
    return;
  }
  const std::string where = fmt::format("({}, {})", state.mouse.x, state.mouse.y);
  const int steps = distance(level, envs::kStart, state.mouse);
  if (state.clock == 0 && state.mouse != envs::kStart)
    reasons.push_back(fmt::format("the mouse starts at {}, not at the bottom left", where));
  else if (steps < 0 || steps > state.clock)
    reasons.push_back(fmt::format("the mouse cannot have reached {} in {} steps", where, state.clock));
  if (state.clock == 0 && state.facing_right) reasons.emplace_back("the mouse starts facing right");
  if (state.cheese != envs::kNoCell && state.cheese != envs::kStart &&
      on_path(level, state.cheese, envs::kStart, state.mouse))
    reasons.push_back(fmt::format("the mouse cannot have reached {} without eating the cheese", where));
  if (state.cheese == envs::kNoCell && level.cheese != envs::kNoCell && state.mouse != level.cheese)
    reasons.emplace_back("the cheese is gone but the mouse is not where it was");
}

}  // namespace

OnDistribution on_distribution(const envs::MazeLevel& level, const LevelOptions& options) {
  options.validate();
  OnDistribution result;
  if (check_frame(level, options, result.reasons)) {
    check_tree(level, result.reasons);
    check_cheese(level, level.cheese, options, result.reasons);
  }
  return result;
}

OnDistribution on_distribution(const envs::MazeState& state, const LevelOptions& options) {
  options.validate();
  OnDistribution result;
  if (check_frame(*state.level, options, result.reasons)) {
    check_tree(*state.level, result.reasons);
    // Uses the former cell of an eaten cheese, and the current cell of a moved one.
    check_cheese(*state.level, state.cheese == envs::kNoCell ? state.level->cheese : state.cheese, options,
                 result.reasons);
    check_episode(state, result.reasons);
  }
  return result;
}

}  // namespace mazescan::maze
