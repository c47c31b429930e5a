#pragma once
#include "datasets/results.h"
#include "evaluator/findings/answer.h"

namespace mazescan::questions {

// A size with fewer different mazes in the test split gets no verdict.
inline constexpr int64_t kMinTestMazes = 30;

// Answers Q6 from a finished probing job: does some layer give the exact cheese cell at all sizes? The layer
// reported is the one whose worst size is best on validation. The statement holds if Wilson's lower bound on
// test is at least 90 % at every size. It fails if every layer has a size whose upper bound (at a confidence
// corrected for the number of sizes) is below 90 %. Intervals treat mazes, not samples, as independent. The
// figures show the other linear probes, too.
findings::Answer answer_probe(const datasets::Results& results);

}  // namespace mazescan::questions
