#pragma once
#include <string>

#include "datasets/activation_shard.h"

namespace mazescan::datasets {

// The first thing by which a shard contradicts itself, in words; "" for a sound one. Nothing is assumed of
// it.
std::string activation_fault(const ActivationUnit& unit, const LevelTable& levels, const SampleKeys& samples);

// The same for the unit alone.
std::string unit_fault(const ActivationUnit& unit);

}  // namespace mazescan::datasets
