#pragma once
#include <cstdint>

namespace mazescan::datasets {

// What is learned on the first is chosen on the second and scored on the third; no level, and for probes no layout,
// is in two of them.
enum class Split : uint8_t { train, validation, test };
inline constexpr int kSplits = 3;

}  // namespace mazescan::datasets
