#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "envs/maze/placement.h"
#include "evaluator/policies/policy_choice.h"

namespace mazescan::trigger {

// Section `trigger`: what switches the mouse from the corner to the cheese.
struct TriggerConfig : policies::PolicyChoice {
  std::vector<int> sizes = {3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25};
  std::string placement = "uniform";
  int levels = 200, chunk = 25;
  int64_t first_level = 1'200'000'000;
  int edit_levels = 40;
  std::string layer;
  std::vector<double> coefficients = {-2, -1, -0.5, 0, 0.5, 1, 2};

  template <class Visitor>
  void fields(Visitor& visit) {
    policies::PolicyChoice::which(visit);
    visit("sizes", sizes, "maze sizes", each<int>(between(3, 101)));
    visit("placement", placement, "placement of the cheese");
    visit("levels", levels, "levels of each size, evaluated on every cell", between(1, 1e9));
    visit("chunk", chunk, "levels of a work unit, which becomes one shard", between(1, 100000));
    visit("first_level", first_level, "level seed of the first; the others follow", between(0, 2147483647.0));
    visit("edit_levels", edit_levels,
          "further levels of each size: half to find the direction that predicts, half to edit along it; 0: "
          "no edit",
          between(0, 1e6));
    visit("layer", layer, "layer that is edited, upstream of embedder.fc; empty: the last map before it");
    visit("coefficients", coefficients,
          "multiples of the direction that are added: 1 is the mean over states where the mouse favours the "
          "cheese minus the mean over states where it favours the corner",
          each<double>(between(-1000, 1000)));
    policies::PolicyChoice::how(visit);
  }

  // Throws UserError on even sizes, unknown placements, and the like.
  void validate() const;
};

}  // namespace mazescan::trigger
