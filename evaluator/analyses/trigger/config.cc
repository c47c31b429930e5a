#include "evaluator/analyses/trigger/config.h"

#include <fmt/format.h>

#include <set>

namespace mazescan::trigger {

void TriggerConfig::validate() const {
  for (const int size : sizes)
    require(size % 2 == 1, lazy("'trigger.sizes' holds {}", size),
            "mazes have odd sides: rooms and the walls between them", lazy("{} or {}", size - 1, size + 1));
  require(!sizes.empty() && std::set<int>(sizes.begin(), sizes.end()).size() == sizes.size(),
          "'trigger.sizes' is empty, or holds something twice", "each size is evaluated once", "[5, 7, 9]");
  maze::require_placement(placement, "trigger.placement");
  require(first_level + levels + edit_levels <= int64_t{2147483648},
          lazy("'trigger.first_level' is {}", first_level),
          lazy("{} level seeds from there on exceed 2^31 - 1", int64_t{levels} + edit_levels),
          "a smaller first_level");
  require(edit_levels != 1, "'trigger.edit_levels' is 1",
          "one level must give the direction and another be edited along it", "2 or more, or 0: no edit");
}

}  // namespace mazescan::trigger
