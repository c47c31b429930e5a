#pragma once
#include <cstdint>
#include <vector>

namespace mazescan::datasets {

// How walks to goals ended, one each.
struct WalkEnds {
  std::vector<uint8_t> reached;  // the mouse stood on the goal within the limit
  std::vector<int32_t> steps;    // taken; where it did not arrive, until the limit or the cheese
};

}  // namespace mazescan::datasets
