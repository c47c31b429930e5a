#pragma once
#include "datasets/result_shard.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan {

// What adding and subtracting activation vectors does to the mouse where it must decide: levels with the
// cheese on any cell, the mouse on the decision square. "cheese": the maze's own difference between the first
// state's activations with and without the cheese, subtracted, as published; "A-B" (edit.vectors): the mean,
// over search levels, of the first state's activations with the cheese at A minus at B, added and subtracted.
// Columns, for D levels with a decision square and R rows:
//   level/seed D; to_cheese, to_corner R x D: the probability of the first move to the cheese, and to the
//   top-right corner
// Facts: rows (name, tap, coefficient, share), the first without an edit; without_decision (levels).
void fill_vectors(const RunConfig& config, const ScannedPolicy& scanned, ResultShard& shard);

}  // namespace mazescan
