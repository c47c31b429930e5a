#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"

namespace mazescan::datasets {

// Describes the first inconsistency of a shard (array sizes, cells outside the maze, values out of range); ""
// if there is none. The contents are untrusted.
std::string shard_fault(const ScanShard& shard);

// Describes the first inconsistency of a tap's names and shape; "" if there is none. samples: number of
// samples of its moment. Part of shard_fault.
std::string tap_fault(const TapRecord& tap, int64_t samples);

}  // namespace mazescan::datasets
