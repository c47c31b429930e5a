#pragma once
#include <cstdint>
#include <string>

#include "datasets/scan_shard.h"
#include "envs/task.h"

namespace mazescan::scan {

// Describes the first thing in a shard that cannot have happened: walls or cells that are not those of a level seed,
// walks through walls, outcomes and steps that are not those of the walks, chances that contradict each other; "" if
// there is none. The shard has passed datasets::shard_fault. seed: of the scan.
std::string scan_fault(const datasets::ScanShard& shard, const envs::Task& task, uint64_t seed);

}  // namespace mazescan::scan
