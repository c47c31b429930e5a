#pragma once
#include <string>

#include "evaluator/jobs/run_config.h"

namespace mazescan::edit {

// Runs the policy on the scored levels of section `edit`, with and without the edits of a file. Returns a
// human-readable table: the edits, the share of the network that they change, and for each size and
// experiment the share of walks that reach their target, with 95 % intervals. Throws UserError.
std::string apply_edits(const jobs::RunConfig& config, const std::string& edits_path);

}  // namespace mazescan::edit
