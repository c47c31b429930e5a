#pragma once
#include <nlohmann/json.hpp>

#include "evaluator/policies/trained_policy.h"

namespace mazescan {

// Describes a policy for people: layers with shapes, parameters, what it was trained on.
nlohmann::json describe(const ScannedPolicy& scanned);

}  // namespace mazescan
