#pragma once
#include "evaluator/analyses/edit/schema.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::edit {

// Measures the effect of adding and subtracting activation vectors on the mouse's move at the decision
// square, on levels with the cheese on any cell. "cheese": the maze's own difference between the first
// state's activations with and without the cheese, subtracted, as published. "A-B" (edit.vectors): the mean,
// over search levels, of the first state's activations with the cheese at A minus at B, added and subtracted.
// The first row is without an edit.
VectorsResult vectors_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size);

}  // namespace mazescan::edit
