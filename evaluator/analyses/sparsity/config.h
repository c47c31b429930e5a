#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/jobs/level_grid.h"
#include "evaluator/policies/policy_choice.h"

namespace mazescan::sparsity {

// Section `sparsity`: how sparse the activations are, and what fewer of them would do.
struct SparsityConfig : policies::PolicyChoice {
  std::vector<int> sizes;
  std::vector<std::string> placements = {"top_right", "uniform"};
  int levels = 20, chunk = 20;
  int64_t first_level = 1'400'000'000;
  int max_steps = 0;
  std::vector<double> fractions = {0.5, 0.3, 0.2, 0.1, 0.05, 0.02};

  template <class Visitor>
  void fields(Visitor& visit) {
    policies::PolicyChoice::which(visit);
    visit("sizes", sizes, "maze sizes; empty: those of the training", each_or_empty<int>(between(1, 255)));
    visit("placements", placements, "placements of the cheese");
    visit("levels", levels, "levels of each size, the same for every placement", between(1, 1e9));
    visit("chunk", chunk, "levels of a work unit, which becomes one shard", between(1, 100000));
    visit("first_level", first_level, "level seed of the first; the others follow", between(0, 2147483647.0));
    visit("max_steps", max_steps, "steps after which an episode ends; 0: as the policy was trained",
          between(0, 1e6));
    visit("fractions", fractions,
          "the policy is also evaluated with only this share of each rectified layer's largest activations",
          each<double>(between(1e-6, 0.999999)));
    policies::PolicyChoice::how(visit);
  }

  // Returns the levels of the section. trained_sizes: what empty `sizes` means.
  jobs::LevelGrid grid(const std::vector<int>& trained_sizes) const;

  // Throws UserError if a size, placement or fraction is given twice, or there is no placement.
  void validate() const;
};

}  // namespace mazescan::sparsity
