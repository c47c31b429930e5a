#include "evaluator/config.h"

#include <algorithm>

namespace mazescan {

void EvaluatorConfig::validate() const {
  require(!run.empty(), "'run' is empty", "outputs need a folder", "run: runs/<name>");
  for (const int size : scan.sizes)
    require(size % 2 == 1, fmt::format("'scan.sizes' holds {}", size),
            "mazes have odd sides: rooms and the walls between them",
            fmt::format("{} or {}", size - 1, size + 1));
  require(!scan.placements.empty(), "'scan.placements' is empty", "a scan needs at least one",
          "[top_right, top_left, uniform]");
  for (const std::string& placement : scan.placements) require_placement(placement, "scan.placements");
  const auto unique = [](auto values) {
    std::sort(values.begin(), values.end());
    return std::adjacent_find(values.begin(), values.end()) == values.end();
  };
  require(unique(scan.sizes) && unique(scan.placements) && unique(scan.layers),
          "'scan.sizes', 'scan.placements' or 'scan.layers' holds something twice",
          "it would be scanned twice", "name each once");
  require(scan.first_level + scan.levels <= int64_t{2147483648},
          fmt::format("'scan.first_level' is {}", scan.first_level),
          fmt::format("{} level seeds from there on exceed 2^31 - 1", scan.levels), "a smaller first_level");
}

}  // namespace mazescan
