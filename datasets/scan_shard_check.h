#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"

namespace mazescan::datasets {

// The first thing by which a shard contradicts itself (sizes of arrays, cells outside the maze, values out of
// range), in words; "" for a sound one. Nothing is assumed of the shard.
std::string shard_fault(const ScanShard& shard);

// The same for a tap's names and shape; `samples` is what its moment has. Part of shard_fault.
std::string tap_fault(const TapRecord& tap, int64_t samples);

}  // namespace mazescan::datasets
