#include "envs/maze/maze_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/error.h"

namespace mazescan::maze {

namespace {

constexpr const char* kMarks = "# wall, . or space free, m mouse, c cheese, * both";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string name_of(char mark) {
  const auto byte = static_cast<unsigned char>(mark);
  return byte > ' ' && byte < 0x7F ? fmt::format("'{}'", mark) : fmt::format("the byte 0x{:02X}", byte);
}

}  // namespace

EditableMaze maze_from_text(std::string_view text, const std::string& name, int world_dim, Anchor anchor) {
  const auto lines = lines_of(text);
  const auto refuse = [&name](size_t line, size_t column, const std::string& problem,
                              const std::string& right) {
    throw UserError(fmt::format("{}:{}:{}", name, line, column), problem, right);
  };
  const size_t side = lines.size();
  if (side < envs::kMinSize || side > envs::kMaxWorldDim || side % 2 == 0)
    refuse(side, 1, fmt::format("the drawing has {} lines", side),
           fmt::format("an odd number of lines from {} to {}, each as long", envs::kMinSize,
                       envs::kMaxWorldDim));
  envs::MazeLevel level;
  level.size = static_cast<int>(side);
  level.world_dim = world_dim == 0 ? level.size : world_dim;
  require(level.world_dim >= level.size && level.world_dim <= envs::kMaxWorldDim && level.world_dim % 2 == 1,
          lazy("{}: a maze of size {} with world_dim {}", name, side, world_dim),
          "the grid has an odd side, at least that of the maze",
          lazy("an odd number from {} to {}", side, envs::kMaxWorldDim));
  const auto margin = static_cast<int16_t>(anchor == Anchor::centre ? (level.world_dim - level.size) / 2 : 0);
  level.origin = {margin, margin};
  level.open.assign(side * side, 0);
  envs::Cell mouse, cheese;
  for (size_t row = 0; row < side; ++row) {
    const std::string_view line = lines[row];
    for (size_t column = 0; column < line.size() && column < side; ++column) {
      const char mark = line[column];
      const envs::Cell cell{static_cast<int16_t>(column), static_cast<int16_t>(side - 1 - row)};
      if (std::string_view("#. mc*").find(mark) == std::string_view::npos)
        refuse(row + 1, column + 1, name_of(mark) + " has no meaning", kMarks);
      const auto place = [&](envs::Cell& who, const char* called) {
        if (who != envs::kNoCell)
          refuse(row + 1, column + 1, fmt::format("there is already a {}", called),
                 fmt::format("at most one {}", called));
        who = cell;
      };
      if (mark == 'm' || mark == '*') place(mouse, "mouse");
      if (mark == 'c' || mark == '*') place(cheese, "cheese");
      level.open[level.index(cell)] = mark == '#' ? 0 : 1;
    }
    if (line.size() != side)
      refuse(row + 1, std::min(line.size(), side) + 1,
             fmt::format("the line has {} cells, the drawing {} lines", line.size(), side),
             "a square: lines as long as there are lines (walls and free cells at their ends, too)");
  }
  if (mouse == envs::kNoCell) {
    if (!level.is_open(envs::kStart))
      refuse(side, 1, "no mouse is drawn and the start, at the bottom left, is a wall",
             "an m on a free cell");
    mouse = envs::kStart;
  }
  level.cheese = cheese;
  envs::MazeState state = initial_state(level);
  state.mouse = mouse;
  return EditableMaze(state);
}

std::string maze_to_text(const envs::MazeState& state) {
  const envs::MazeLevel& level = *state.level;
  std::string text;
  for (int y = level.size - 1; y >= 0; --y) {
    for (int x = 0; x < level.size; ++x) {
      const envs::Cell cell{static_cast<int16_t>(x), static_cast<int16_t>(y)};
      const bool mouse = cell == state.mouse, cheese = cell == state.cheese;
      text += mouse && cheese ? '*' : mouse ? 'm' : cheese ? 'c' : level.is_open(cell) ? '.' : '#';
    }
    text += '\n';
  }
  return text;
}

}  // namespace mazescan::maze
