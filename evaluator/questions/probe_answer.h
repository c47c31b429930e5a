#pragma once
#include "datasets/results.h"
#include "evaluator/findings/answer.h"

namespace mazescan::questions {

// A size with fewer different mazes in the test split gets no verdict, nor one with fewer pairs of states.
inline constexpr int64_t kMinTestMazes = 30, kMinUsePairs = 30;
// Accuracies that differ by less count as the same: of the trained layer and of random weights; and of probes
// fitted to all layouts and to half of them.
inline constexpr double kSameAccuracy = 0.02;
// Bounds of the use of a read-out. The policy uses what reaches the first and exceeds random subspaces; it
// does not use what is below the second.
inline constexpr double kUsed = 0.5, kUnused = 0.1;
// Share of levels in which moving the cheese changes the policy; below, the policy does not use the cheese.
inline constexpr double kResponds = 0.05;

// Answers Q6 from a finished probing job: does some layer give the exact cheese cell at all sizes, where the
// same layer of random weights does not? docs/questions.md describes when it holds and fails.
findings::Answer answer_presence(const datasets::Results& results);

// Answers its second statement, Q6/used: does the policy use what the linear probe of that layer reads?
findings::Answer answer_use(const datasets::Results& results);
// Returns the first with the second as a judgement of its own, and all figures.
findings::Answer answer_probe(const datasets::Results& results);

}  // namespace mazescan::questions
