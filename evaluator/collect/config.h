#pragma once
#include <string>

#include "core/config.h"
#include "evaluator/jobs/level_grid.h"

namespace mazescan::collect {

// Section `collect`: episodes that a run's checkpoints play, for training offline.
struct CollectConfig : jobs::LevelGrid {
  CollectConfig() {
    sizes = {3, 5, 7, 9};
    placements = {"uniform"};
    levels = 100;
    first_level = 1'500'000'000;
  }
  int checkpoints = 0;
  std::string device = "auto";

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("checkpoints", checkpoints,
          "checkpoints that play, evenly spaced, the newest among them; 0: all that the run has",
          at_least(0));
    visit("sizes", sizes, "level sizes", each<int>(between(1, 255)));
    visit("placements", placements, "placements of the goal");
    visit("levels", levels, "levels of each size and placement, new ones for every checkpoint",
          between(1, 1e6));
    visit("first_level", first_level, "level seed of the first; the others follow", between(0, 2147483647.0));
    visit("device", device, "cpu, cuda, or auto: cuda if available", one_of({"auto", "cpu", "cuda"}),
          neutral);
  }
  // Throws UserError if a size or a placement is given twice.
  void validate() const;
};

}  // namespace mazescan::collect
