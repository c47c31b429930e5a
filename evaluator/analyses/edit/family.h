#pragma once
#include "evaluator/analyses/edit/schema.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::edit {

// Finds the edits of one family on search and choosing levels. Scores them and their controls (the same edit
// in randomly permuted channels, and for another target) on the score levels. Fills in the rows and examples
// of the result, which already holds the experiment's cases.
void fill_family(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size,
                 ExperimentResult& result);

}  // namespace mazescan::edit
