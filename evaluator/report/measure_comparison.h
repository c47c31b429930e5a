#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "evaluator/report/comparison.h"

namespace mazescan::report {

// Returns the document of a comparison (comparison.h) in an environment with measures: each measure of every
// policy, and how much it varies between trainings. Throws UserError if the policies have other measures.
nlohmann::json measure_comparison(const std::vector<ComparedPolicy>& policies);

}  // namespace mazescan::report
