#include "evaluator/jobs/level_grid.h"

#include <algorithm>

#include "envs/maze/placement.h"

namespace mazescan {

namespace {

constexpr int64_t kMostUnits = 1'000'000;

template <class T>
bool unique(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end()) == values.end();
}

}  // namespace

std::vector<WorkUnit> work_units(const LevelGrid& grid) {
  std::vector<WorkUnit> units;
  // The largest mazes first: a long unit at the end would be waited for.
  std::vector<int> sizes = grid.sizes;
  std::sort(sizes.rbegin(), sizes.rend());
  for (const int size : sizes)
    for (const std::string& placement : grid.placements)
      for (int block = 0; block * grid.block < grid.levels; ++block)
        units.push_back({size, placement, block});
  return units;
}

void check_grid(const LevelGrid& grid, const std::vector<std::string>& layers, const std::string& section,
                const std::string& layers_key) {
  for (const int size : grid.sizes)
    require(size % 2 == 1, fmt::format("'{}.sizes' holds {}", section, size),
            "mazes have odd sides: rooms and the walls between them",
            fmt::format("{} or {}", size - 1, size + 1));
  require(!grid.placements.empty(), fmt::format("'{}.placements' is empty", section),
          "at least one is needed", "[top_right, top_left, uniform]");
  for (const std::string& placement : grid.placements) {
    require_placement(placement, section + ".placements");
    require(
        std::any_of(grid.sizes.begin(), grid.sizes.end(),
                    [&](int size) { return is_possible(placement, size); }),
        fmt::format("'{}.placements' holds {}", section, placement),
        fmt::format("no maze of the sizes {} can have the cheese there: it lies outside, is the start, or "
                    "is always a wall (both numbers odd)",
                    fmt::join(grid.sizes, ", ")),
        "a cell with an even number, within the maze");
  }
  require(
      unique(grid.sizes) && unique(grid.placements) && unique(layers),
      fmt::format("'{0}.sizes', '{0}.placements' or '{0}.{1}' holds something twice", section, layers_key),
      "it would be stored twice", "name each once");
  require(grid.first_level + grid.levels <= int64_t{2147483648},
          fmt::format("'{}.first_level' is {}", section, grid.first_level),
          fmt::format("{} level seeds from there on exceed 2^31 - 1", grid.levels), "a smaller first_level");
  const int64_t blocks = (int64_t{grid.levels} + grid.block - 1) / grid.block;
  const int64_t units = blocks * static_cast<int64_t>(grid.sizes.size() * grid.placements.size());
  require(units <= kMostUnits, fmt::format("'{}.block' is {}", section, grid.block),
          fmt::format("the job would have {} units, each a file ({} at most)", units, kMostUnits),
          "a larger block, or fewer levels");
}

}  // namespace mazescan
