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
    visit("placements", placements, "placements of the goal");
    visit("levels", levels, "levels of each size, the same for every placement", between(1, 1e9));
    visit("chunk", chunk, "levels in a work unit; each unit becomes one shard", between(1, 100000));
    visit("first_level", first_level, "level seed of the first; the others follow", between(0, 2147483647.0));
    visit("max_steps", max_steps, "steps after which a rollout ends; 0: the limit of the training",
          between(0, 1e6));
  }
};

// Returns all units of a grid, the largest mazes first. Their subjects are placements.
std::vector<datasets::WorkUnit> work_units(const LevelGrid& grid);

// Throws UserError if an entry is repeated or there are too many units. check_placements checks whether the
// environment has these levels, once the policy is known.
// section: "scan", for messages. layers, layers_key: the section's layers and their key.
void check_grid(const LevelGrid& grid, const std::vector<std::string>& layers, const std::string& section,
                const std::string& layers_key);

}  // namespace mazescan::jobs
