#pragma once
#include <nlohmann/json.hpp>

#include "evaluator/policies/trained_policy.h"

namespace mazescan::policies {

// Describes a policy: layers with shapes, number of parameters, training environment.
nlohmann::json describe(const TrainedPolicy& trained);

// Returns the attributes of a policy in a job's manifest: policy_hash, policy, arithmetic.
nlohmann::json policy_attributes(const TrainedPolicy& trained);

}  // namespace mazescan::policies
