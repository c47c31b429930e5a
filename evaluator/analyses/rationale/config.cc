#include "evaluator/analyses/rationale/config.h"

#include <algorithm>
#include <functional>

#include "datasets/dataset_kind.h"

namespace mazescan::rationale {

namespace {

jobs::LevelGrid one_chunk(const RationaleConfig& config, int64_t first_level, int levels) {
  jobs::LevelGrid grid;
  grid.sizes = config.sizes;
  grid.placements = config.placements;
  grid.levels = grid.chunk = levels;
  grid.first_level = first_level;
  return grid;
}

}  // namespace

jobs::LevelGrid RationaleConfig::searched() const {
  return one_chunk(*this, first_level, search_levels);
}

jobs::LevelGrid RationaleConfig::measured() const {
  return one_chunk(*this, first_level + search_levels, levels);
}

void RationaleConfig::validate() const {
  for (const int size : sizes)
    require(size % 2 == 1, lazy("'rationale.sizes' holds {}", size),
            "mazes have odd sides: rooms and the walls between them", lazy("{} or {}", size - 1, size + 1));
  require(!sizes.empty(), "'rationale.sizes' is empty", "at least one is needed", "[9]");
  jobs::check_grid(one_chunk(*this, first_level, search_levels + levels), {}, datasets::kRationale.name,
                   "rates");
  require(!rates.empty() && rates.back() > 0 &&
              std::adjacent_find(rates.begin(), rates.end(), std::less_equal<>()) == rates.end(),
          "'rationale.rates' is empty, does not decrease, or reaches 0",
          "each smaller rationale is learned from the one before", "[0.3, 0.1, 0.05, 0.02]");
}

}  // namespace mazescan::rationale
