#pragma once
#include "datasets/results.h"
#include "evaluator/findings/answer.h"

namespace mazescan::questions {

// With fewer different mazes in the test split a size gets no verdict.
inline constexpr int64_t kMinTestMazes = 30;

// Q6, from a finished probing: does some layer give the exact cheese cell at all sizes? The layer is the one
// whose worst size is best on validation; it holds if Wilson's lower bound on test is at least 90 % at every
// size, and fails if for every layer the upper bound of some size (at a confidence corrected for the number
// of sizes) is below. The interval is as wide as mazes differ, not samples. Its figures show all the other
// linear probes, too.
findings::Answer answer_probe(const datasets::Results& results);

}  // namespace mazescan::questions
