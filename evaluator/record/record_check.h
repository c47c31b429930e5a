#pragma once
#include <string>

#include "datasets/activation_shard.h"
#include "envs/task.h"

namespace mazescan::record {

// Describes the first thing in a shard that cannot be: walls or cells that are not those of a level seed, samples with
// the mouse in a wall, paths of another length, moves without a distribution; "" if there is none. The shard has passed
// datasets::activation_fault.
std::string record_fault(const datasets::ActivationShard& shard, const envs::Task& task);

}  // namespace mazescan::record
