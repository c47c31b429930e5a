#pragma once
#include <cstdint>

namespace mazescan::datasets {

// Parts of the data: train fits, validation selects, test scores. No level, and for probes no layout, is in
// two parts.
enum class Split : uint8_t { train, validation, test };
inline constexpr int kSplits = 3;

}  // namespace mazescan::datasets
