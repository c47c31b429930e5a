#pragma once
#include <nlohmann/json.hpp>

#include "cluster/world.h"
#include "evaluator/scanned_policy.h"

namespace mazescan {

// What makes this job's outputs: code, libraries, machine, ranks. Stands outside payload hashes.
nlohmann::json evaluator_provenance(const World& world);

// A policy for people: layers with shapes, parameters, what it was trained on.
nlohmann::json describe(const ScannedPolicy& scanned);

}  // namespace mazescan
