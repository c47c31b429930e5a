#pragma once
#include "datasets/results.h"
#include "evaluator/findings/answer.h"

// What edits can do, from the shards of a finished editing job.
namespace mazescan::questions {

// Q4: very small mazes; an edit of less than 10 % sends the mouse to any cell.
findings::Answer answer_retarget(const datasets::Results& edit);
// Q5: very large mazes; no edit of less than 10 % makes it reach the other corners.
findings::Answer answer_no_retarget(const datasets::Results& edit);
// Q8: how many activations it takes.
findings::Answer answer_fraction(const datasets::Results& edit);

}  // namespace mazescan::questions
