#pragma once
#include <string>
#include <vector>

#include "cluster/world.h"
#include "evaluator/config.h"
#include "evaluator/unit_job.h"

namespace mazescan {

// Fits read-outs to a recording and makes the part's shards in probe/ of the run directory, as run_units
// does; a unit is a size and a layer. Throws UserError besides if the recording is not of the policy or lacks
// what the configuration names.
JobEnd probe(const EvaluatorConfig& config, const World& world, const JobPart& part = {},
             double patience = 0);

// What that will cost: units, samples, bytes read, time of one rank. Where it is `record` that makes
// the recording, and has not yet, units alone. Throws UserError as above.
std::string describe_probe_estimate(const std::string& config_path, const std::vector<std::string>& overrides,
                                    const JobPart& part);

}  // namespace mazescan
