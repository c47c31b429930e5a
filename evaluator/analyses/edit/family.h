#pragma once
#include "evaluator/analyses/edit/schema.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::edit {

// Finds the edits of one family on search and choosing levels and scores them, and their controls (the same
// edit in channels permuted at random, and of another target), on the others. Fills in the rows and examples of
// the result, whose cases are those of the experiment.
void fill_family(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size,
                 ExperimentResult& result);

}  // namespace mazescan::edit
