#include "evaluator/jobs/level_grid.h"

#include <algorithm>

namespace mazescan::jobs {

namespace {

constexpr int64_t kMaxUnits = 1'000'000;

template <class T>
bool unique(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end()) == values.end();
}

}  // namespace

std::vector<datasets::WorkUnit> work_units(const LevelGrid& grid) {
  std::vector<datasets::WorkUnit> units;
  // Start with the largest levels, so that no long unit is left for the end.
  std::vector<int> sizes = grid.sizes;
  std::sort(sizes.rbegin(), sizes.rend());
  for (const int size : sizes)
    for (const std::string& placement : grid.placements)
      for (int chunk = 0; chunk * grid.chunk < grid.levels; ++chunk)
        units.push_back({size, placement, chunk});
  return units;
}

void check_grid(const LevelGrid& grid, const std::vector<std::string>& layers, const std::string& section,
                const std::string& layers_key) {
  require(!grid.placements.empty(), lazy("'{}.placements' is empty", section), "at least one is needed",
          "[top_right, top_left, uniform]");
  require(unique(grid.sizes) && unique(grid.placements) && unique(layers),
          lazy("'{0}.sizes', '{0}.placements' or '{0}.{1}' holds something twice", section, layers_key),
          "it would be stored twice", "name each once");
  require(grid.first_level + grid.levels <= int64_t{2147483648},
          lazy("'{}.first_level' is {}", section, grid.first_level),
          lazy("{} level seeds from there on exceed 2^31 - 1", grid.levels), "a smaller first_level");
  const int64_t chunks = (int64_t{grid.levels} + grid.chunk - 1) / grid.chunk;
  const int64_t units = chunks * static_cast<int64_t>(grid.sizes.size() * grid.placements.size());
  require(units <= kMaxUnits, lazy("'{}.chunk' is {}", section, grid.chunk),
          lazy("the job would have {} units, each a file ({} at most)", units, kMaxUnits),
          "a larger chunk, or fewer levels");
}

}  // namespace mazescan::jobs
