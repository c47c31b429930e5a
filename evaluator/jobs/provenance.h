#pragma once
#include <nlohmann/json.hpp>

#include "cluster/world.h"

namespace mazescan {

// Returns what makes this job's outputs: code, libraries, machine, ranks. It is outside of payload hashes.
nlohmann::json evaluator_provenance(const World& world);

}  // namespace mazescan
