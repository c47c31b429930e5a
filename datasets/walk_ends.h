#pragma once
#include <cstdint>
#include <vector>

namespace mazescan::datasets {

// Ends of walks to goals, one entry for each walk.
struct WalkEnds {
  std::vector<uint8_t> reached;  // 1 if the mouse reached the goal within the limit
  std::vector<int32_t> steps;    // steps to the goal; if it was not reached, to the limit or the cheese
};

}  // namespace mazescan::datasets
