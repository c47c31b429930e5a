#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/jobs/level_grid.h"
#include "evaluator/policies/policy_choice.h"

namespace mazescan::rationale {

// Section `rationale`: the smallest sets of cells that keep the policy's decisions.
struct RationaleConfig : policies::PolicyChoice {
  std::vector<int> sizes = {9, 15};
  std::vector<std::string> placements = {"top_right", "uniform", "off_region"};
  std::vector<double> rates = {0.3, 0.1, 0.05, 0.02};
  int steps = 300;
  int search_levels = 512, levels = 200;
  int64_t first_level = 1'500'000'000;

  template <class Visitor>
  void fields(Visitor& visit) {
    policies::PolicyChoice::which(visit);
    visit("sizes", sizes, "maze sizes", each<int>(between(3, 101)));
    visit("placements", placements, "placements of the cheese; each is searched and measured on its own");
    visit("rates", rates,
          "shares of the maze's cells that rationales may hold, from the largest to the smallest",
          each<double>(between(0, 1)));
    visit("steps", steps, "gradient steps of the generator of rationales, for each rate", between(10, 1e6));
    visit("search_levels", search_levels, "levels on which the generator is trained", between(2, 1e6));
    visit("levels", levels, "further levels, on which rationales are measured", between(1, 1e6));
    visit("first_level", first_level, "level seed of the first", between(0, 2147483647.0));
    policies::PolicyChoice::how(visit);
  }

  // Return the levels that are searched and those that are measured, whose seeds follow. Each size and
  // placement is one unit.
  jobs::LevelGrid searched() const;
  jobs::LevelGrid measured() const;
  // Throws UserError on even sizes, rates that do not decrease, and the like.
  void validate() const;
};

}  // namespace mazescan::rationale
