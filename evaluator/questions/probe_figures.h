#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "envs/task.h"
#include "evaluator/questions/probe_results.h"

// The figures of Q6 and Q6/used.
namespace mazescan::questions {

// Accuracy that Q6 requires of the exact cell of the cheese.
inline constexpr double kExactCell = 0.9;

// Figures of what linear probes read, by layer and size. named: the layer that the answer is about.
nlohmann::json presence_figures(const Probing& probing, const std::vector<int>& sizes,
                                const std::string& named);
// Figures of what linear probes read of goal and decoy, for worlds where these are marks.
std::vector<nlohmann::json> mark_figures(const Probing& probing, const envs::GoalNames& names);
// Figures of how much the policy uses it.
nlohmann::json use_figures(const Probing& probing, const std::vector<int>& sizes, const std::string& named);

}  // namespace mazescan::questions
