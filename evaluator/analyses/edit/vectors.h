#pragma once
#include "evaluator/analyses/edit/schema.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::edit {

// What adding and subtracting activation vectors does to the mouse where it must decide: levels with the
// cheese on any cell, the mouse on the decision square. "cheese": the maze's own difference between the first
// state's activations with and without the cheese, subtracted, as published; "A-B" (edit.vectors): the mean,
// over search levels, of the first state's activations with the cheese at A minus at B, added and subtracted.
// The first row is without an edit.
VectorsResult vectors_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size);

}  // namespace mazescan::edit
