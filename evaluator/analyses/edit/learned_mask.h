#pragma once
#include <vector>

#include "evaluator/analyses/edit/config.h"
#include "evaluator/analyses/edit/edit_search.h"

namespace mazescan::edit {

// Learns, for each allowance from the largest to the smallest, which activations around the target are set
// and to which values, so that the mouse moves along the shortest path to the target. config.gate is the
// distribution of the gates (gate.h); a Lagrange multiplier holds their expected number at the allowance. The search
// starts from the activations with the cheese at the target, in the places where they differ most. At the end
// the most probable gates are open, as many as the allowance permits, and the others shut; then the values
// are learned once more. Snapshots of the values during learning are also candidates, since the last need not
// be the best.
// Source: Louizos et al., "Learning sparse neural networks through L0 regularization", 2018.
std::vector<FoundEdit> learned_masks(const EditSearch& search, const std::vector<int64_t>& allowed);

// The cost of learned_masks: states in one gradient step, and the number of steps for `allowances`
// allowances.
inline constexpr int kMaskBatch = 96;
int64_t mask_gradient_steps(const EditConfig& config, int64_t allowances);

}  // namespace mazescan::edit
