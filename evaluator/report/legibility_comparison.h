#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "evaluator/report/comparison.h"

namespace mazescan::report {

// The title of the table.
inline constexpr const char* kLegibilityTable = "Sparsity and legibility";

// Returns a table with one row for each training configuration, whose policies differ in the seed alone, and
// charts of single policies against success at `size`. Empty if no policy has such numbers.
std::vector<nlohmann::json> legibility_figures(const std::vector<ComparedPolicy>& policies, int size);

// Returns for each policy the name of its training configuration, the seed apart. If the names are FOLDER/SEED, and each
// folder holds the policies of one configuration, it is the folder. Otherwise it is the keys and values by which its training configuration differs from those of the
// others: "fc 64, activation tanh"; its name if its configuration is unknown. Policies with equal labels differ in the
// seed alone.
std::vector<std::string> configuration_labels(const std::vector<ComparedPolicy>& policies);

}  // namespace mazescan::report
