#pragma once
#include <vector>

#include "evaluator/edit/search.h"

namespace mazescan {

// Learns, for each allowance from the largest to the smallest, which activations around the target are set,
// and to what, so that the mouse moves along the shortest path to the target: gates of the hard concrete
// distribution (Louizos et al., "Learning sparse neural networks through L0 regularization", 2018), whose
// expected number is held at the allowance by a Lagrange multiplier. What starts the search are the
// activations with the cheese at the target, where they differ most. In the end the most probable gates are
// open, as many as the allowance has, the others shut, and the values are learned once more.
std::vector<FoundEdit> learned_masks(const EditSearch& search, const std::vector<int64_t>& allowed);

}  // namespace mazescan
