#pragma once
#include <string>

#include "datasets/activation_shard.h"

namespace mazescan::datasets {

// Describes the first inconsistency of a shard; "" if there is none. The contents are untrusted.
std::string activation_fault(const ActivationUnit& unit, const LevelTable& levels, const SampleKeys& samples);

// Describes the first inconsistency of the unit alone; "" if there is none.
std::string unit_fault(const ActivationUnit& unit);

}  // namespace mazescan::datasets
