#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "evaluator/report/comparison.h"

namespace mazescan::report {

// Returns the document of a comparison (comparison.h) in a world without corners: how many policies prefer the
// goal and how many the proxy, and how much that varies between trainings. Throws UserError if the policies
// are of different worlds.
nlohmann::json preference_comparison(const std::vector<ComparedPolicy>& policies);

}  // namespace mazescan::report
