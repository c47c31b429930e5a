#pragma once
#include <string>

#include "datasets/result_shard.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan {

// Finds the edits of one family on search and choosing levels and scores them, and their controls (the same
// edit in channels permuted at random, and told another target), on the others. Fills the rows and examples
// of the shard, whose cases are those of the experiment.
void fill_family(const RunConfig& config, const ScannedPolicy& scanned, const std::string& experiment,
                 const std::string& family, ResultShard& shard);

}  // namespace mazescan
