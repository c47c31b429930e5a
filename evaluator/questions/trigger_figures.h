#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "evaluator/questions/trigger_results.h"

namespace mazescan::questions {

// The figures of Q7 behind the table of models: choices by both distances, what the cheese changes, mazes,
// and the edit where there is one.
std::vector<nlohmann::json> trigger_figures(const datasets::Results& trigger, const SeenStates& seen,
                                            const DirectionEdits& edited);

}  // namespace mazescan::questions
