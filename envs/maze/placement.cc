#include "envs/maze/placement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <optional>
#include <string_view>

#include "core/config.h"
#include "core/error.h"
#include "envs/paths.h"

namespace mazescan::maze {

namespace {

constexpr std::string_view kCellPrefix = "cell:";
constexpr int kNear = 2, kFar = 10;  // path distances of bottom_left

// Reads the cell of "cell:X,Y". Returns nothing if the text has another form.
std::optional<envs::Cell> parse_cell(std::string_view name) {
  if (name.substr(0, kCellPrefix.size()) != kCellPrefix) return std::nullopt;
  const char *at = name.data() + kCellPrefix.size(), *const end = name.data() + name.size();
  const auto coordinate = [&](int16_t& value) {
    if (at == end || *at < '0' || *at > '9') return false;
    const auto parsed = std::from_chars(at, end, value);
    at = parsed.ptr;
    return parsed.ec == std::errc();
  };
  envs::Cell cell;
  if (!coordinate(cell.x) || at == end || *at++ != ',' || !coordinate(cell.y) || at != end)
    return std::nullopt;
  return cell;
}

template <class Qualifies>
std::vector<envs::Cell> free_cells(const envs::MazeLevel& level, const Qualifies& qualifies) {
  std::vector<envs::Cell> cells;
  for (size_t i = 0; i < level.open.size(); ++i) {
    const envs::Cell cell = level.cell(i);
    if (level.open[i] != 0 && cell != envs::kStart && qualifies(cell)) cells.push_back(cell);
  }
  return cells;
}

std::vector<envs::Cell> central_cells(const envs::MazeLevel& level) {
  const auto far = [&level](envs::Cell cell) {  // squared distance from the middle, in half cells
    const int dx = 2 * cell.x - (level.size - 1), dy = 2 * cell.y - (level.size - 1);
    return dx * dx + dy * dy;
  };
  int nearest_distance = INT_MAX;
  for (const envs::Cell cell : free_cells(level, [](envs::Cell) { return true; }))
    nearest_distance = std::min(nearest_distance, far(cell));
  return free_cells(level, [&](envs::Cell cell) { return far(cell) == nearest_distance; });
}

}  // namespace

const std::vector<std::string>& placement_names() {
  static const std::vector<std::string> names = {
      "top_right",           "top_left",    "bottom_right", "top_right_corner", "top_left_corner",
      "bottom_right_corner", "bottom_left", "centre",       "uniform",          "off_region"};
  return names;
}

bool is_placement(const std::string& name) {
  const auto& names = placement_names();
  return parse_cell(name).has_value() || std::find(names.begin(), names.end(), name) != names.end();
}

bool is_possible(const std::string& placement, int size) {
  const auto cell = parse_cell(placement);
  if (!cell) return true;
  const bool pillar = cell->x % 2 == 1 && cell->y % 2 == 1;
  return cell->x < size && cell->y < size && *cell != envs::kStart && !pillar;
}

void require_placement(const std::string& name, const std::string& where) {
  if (is_placement(name)) return;
  require(name.rfind("cell:", 0) != 0 || name.find(',') != std::string::npos,
          lazy("{}: \"{}\" is half a placement", where, name),
          "a cell has x and y, and in a YAML list a comma starts the next item unless it is in quotes",
          lazy("\"{},Y\", in quotes", name == "cell:" ? "cell:X" : name));
  const std::string near = nearest(name, placement_names());
  const std::string all = fmt::format("one of {}, or cell:X,Y", fmt::join(placement_names(), ", "));
  throw UserError(fmt::format("{}: no placement is called \"{}\"", where, name),
                  "a placement is the place of the cheese",
                  near.empty() ? all : fmt::format("{}? ({})", near, all));
}

std::vector<envs::Cell> placement_cells(const envs::MazeLevel& level, const std::string& placement,
                                        int region) {
  const int last = level.size - 1, inner = level.size - std::clamp(region, 1, level.size);
  const auto corner = [&](int x, int y) {
    return free_cells(level, [=](envs::Cell cell) { return cell.x == x && cell.y == y; });
  };
  if (placement == "top_right")
    return free_cells(level, [=](envs::Cell cell) { return cell.x >= inner && cell.y >= inner; });
  if (placement == "top_left")
    return free_cells(level, [=](envs::Cell cell) { return cell.x <= last - inner && cell.y >= inner; });
  if (placement == "bottom_right")
    return free_cells(level, [=](envs::Cell cell) { return cell.x >= inner && cell.y <= last - inner; });
  if (placement == "top_right_corner") return corner(last, last);
  if (placement == "top_left_corner") return corner(0, last);
  if (placement == "bottom_right_corner") return corner(last, 0);
  if (placement == "bottom_left") {
    const auto steps = envs::distances(level, envs::kStart);
    return free_cells(level, [&](envs::Cell cell) {
      const int far = steps[level.index(cell)];
      return far >= kNear && far <= kFar;
    });
  }
  if (placement == "centre") return central_cells(level);
  if (placement == "uniform") return free_cells(level, [](envs::Cell) { return true; });
  if (placement == "off_region")
    return free_cells(level, [=](envs::Cell cell) { return cell.x < inner || cell.y < inner; });
  if (const auto cell = parse_cell(placement)) return corner(cell->x, cell->y);
  require_placement(placement, "placement");
  throw InternalError("the placement '" + placement + "' has no cells");
}

envs::Cell place_cheese(const envs::MazeLevel& level, const std::string& placement, int region,
                        RandomStream& random) {
  const auto cells = placement_cells(level, placement, region);
  if (cells.empty()) return envs::kNoCell;
  return cells.size() == 1 ? cells.front() : cells[random.below(static_cast<uint32_t>(cells.size()))];
}

}  // namespace mazescan::maze
