#pragma once
#include <vector>

#include "evaluator/analyses/edit/config.h"
#include "evaluator/analyses/edit/edit_search.h"

namespace mazescan::edit {

// Learns, for each allowance from the largest to the smallest, which activations around the target are set,
// and to what, so that the mouse moves along the shortest path to the target: gates of the hard concrete
// distribution (Louizos et al., "Learning sparse neural networks through L0 regularization", 2018), whose
// expected number is held at the allowance by a Lagrange multiplier. What starts the search are the
// activations with the cheese at the target, where they differ most. In the end the most probable gates are
// open, as many as the allowance has, the others shut, and the values are learned once more.
// Candidates are what the values were on the way, since those that learned longest need not be the best.
std::vector<FoundEdit> learned_masks(const EditSearch& search, const std::vector<int64_t>& allowed);

// What that costs: states of one gradient step, and steps for so many allowances.
inline constexpr int kMaskBatch = 96;
int64_t mask_gradient_steps(const EditConfig& config, int64_t allowances);

}  // namespace mazescan::edit
