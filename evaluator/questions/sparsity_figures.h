#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "evaluator/questions/sparsity_measures.h"

namespace mazescan::questions {

// Returns the report's figures of how sparse a policy is: a table of the layers, and what the policy does
// with fewer activations. They are no evidence for a question.
std::vector<nlohmann::json> sparsity_figures(const SparsityMeasures& measures);

}  // namespace mazescan::questions
