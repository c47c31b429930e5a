#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/config.h"
#include "datasets/work_unit.h"

namespace mazescan::jobs {

// The levels of a job: sizes x placements of the goal x chunks of levels.
struct LevelGrid {
  std::vector<int> sizes = {3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25};
  std::vector<std::string> placements = {
      "top_right",   "top_left", "top_left_corner", "bottom_right", "bottom_right_corner",
      "bottom_left", "centre",   "uniform",         "off_region"};
  int levels = 1000, chunk = 250;
  int64_t first_level = 1'000'000'000;
  int max_steps = 0;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("sizes", sizes, "level sizes", each<int>(between(1, 255)));
    visit("placements", placements, "where the goal lies");
    visit("levels", levels, "levels of each size, the same for every placement", between(1, 1e9));
    visit("chunk", chunk, "levels of a work unit, which becomes one shard", between(1, 100000));
    visit("first_level", first_level, "level seed of the first; the others follow", between(0, 2147483647.0));
    visit("max_steps", max_steps, "steps after which a rollout ends; 0: as the policy was trained",
          between(0, 1e6));
  }
};

// Returns all units of a grid, whose subjects are placements, the largest mazes first.
std::vector<datasets::WorkUnit> work_units(const LevelGrid& grid);

// Throws UserError if something is named twice, and on too many units. Whether the environment has these levels is checked
// when the policy is known (check_placements).
// section: "scan", for messages; layers and layers_key: the layers it names, and under which key.
void check_grid(const LevelGrid& grid, const std::vector<std::string>& layers, const std::string& section,
                const std::string& layers_key);

}  // namespace mazescan::jobs
