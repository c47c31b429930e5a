#pragma once
#include <string>

#include "evaluator/jobs/run_config.h"

namespace mazescan::edit {

// Plays the run's policy with the edits of a file on the scored levels of section `edit`, and without them.
// Returns a table for people: the edits, what share of the network they change, and for each size and
// experiment how often the mouse reaches its target, with 95 % intervals. Throws UserError.
std::string apply_edits(const jobs::RunConfig& config, const std::string& edits_path);

}  // namespace mazescan::edit
