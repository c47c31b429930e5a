#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "datasets/results.h"

namespace mazescan::questions {

// Returns the report's figures of the cells that a policy needs to see: what each rate keeps and holds, a curve,
// where the cells lie, and mazes. Empty without a state. They are no evidence for a question.
std::vector<nlohmann::json> rationale_figures(const datasets::Results& rationale);

}  // namespace mazescan::questions
