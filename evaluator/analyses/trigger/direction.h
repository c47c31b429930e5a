#pragma once
#include <string>

#include "evaluator/analyses/trigger/config.h"
#include "evaluator/analyses/trigger/schema.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::trigger {

// Returns the layer that is edited: trigger.layer, or the last map before the fully connected layer.
std::string edited_tap(const TriggerConfig& config, const policy::Network& network);

// Finds the direction on the first half of a size's edited levels: the difference between the tap's means
// over states that favour the cheese and over states that favour the corner. Then counts, on the second half,
// the states in which the mouse favours the cheese while multiples of the direction are added, and while
// multiples of a random direction of the same norm are added. A pure function of its arguments.
DirectionResult direction_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                               int size);

}  // namespace mazescan::trigger
