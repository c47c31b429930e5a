#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "evaluator/questions/trigger_results.h"

namespace mazescan::questions {

// Returns the figures of Q7 that follow the table of models: choices by both distances, the effect of the
// cheese, mazes, and the edit if there is one.
std::vector<nlohmann::json> trigger_figures(const datasets::Results& trigger, const SeenStates& seen,
                                            const DirectionEdits& edited);

}  // namespace mazescan::questions
