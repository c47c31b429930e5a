#pragma once
#include <nlohmann/json.hpp>

#include "evaluator/policies/trained_policy.h"

namespace mazescan::policies {

// Describes a policy for people: layers with shapes, parameters, what it was trained on.
nlohmann::json describe(const TrainedPolicy& trained);

// Returns what the manifest of a job says of its policy: policy_hash, policy, arithmetic.
nlohmann::json policy_attributes(const TrainedPolicy& trained);

}  // namespace mazescan::policies
