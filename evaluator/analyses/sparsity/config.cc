#include "evaluator/analyses/sparsity/config.h"

#include <set>

#include "datasets/dataset_kind.h"

namespace mazescan::sparsity {

jobs::LevelGrid SparsityConfig::grid(const std::vector<int>& trained_sizes) const {
  jobs::LevelGrid grid;
  grid.sizes = sizes.empty() ? trained_sizes : sizes;
  grid.placements = placements;
  grid.levels = levels;
  grid.chunk = chunk;
  grid.first_level = first_level;
  grid.max_steps = max_steps;
  return grid;
}

void SparsityConfig::validate() const {
  jobs::check_grid(grid({}), {}, datasets::kSparsity.name, "");
  require(std::set<double>(fractions.begin(), fractions.end()).size() == fractions.size(),
          "'sparsity.fractions' holds something twice", "each fraction is evaluated once", "[0.5, 0.1]");
}

}  // namespace mazescan::sparsity
