#pragma once
#include <vector>

#include "datasets/results.h"
#include "evaluator/findings/answer.h"

// Answers the questions about edits from the shards of a finished editing job.
namespace mazescan::questions {

inline constexpr double kLargestEdit = 0.1;  // only edits below this share of the activations count

// trained: maze sizes of the policy's training, ascending.
// Answers Q4: in very small mazes, does an edit of less than 10 % of the activations
// send the mouse to any cell?
findings::Answer answer_retarget(const datasets::Results& edit, const std::vector<int>& trained);
// Answers Q5: in very large mazes, does no edit of less than 10 % make the mouse reach the other corners?
findings::Answer answer_no_retarget(const datasets::Results& edit, const std::vector<int>& trained);
// Answers Q8: how many activations must an edit change?
findings::Answer answer_fraction(const datasets::Results& edit);

class EditScores;
// Returns the smallest share of the network's activations whose edit sends the mouse to any cell off the path
// with this normalised success, sampled and greedy: 0 if no edit is needed, NaN if none was found.
double smallest_fraction(const EditScores& scores, int size, double rate);

}  // namespace mazescan::questions
