#pragma once
#include <torch/types.h>

#include "evaluator/analyses/edit/edit_search.h"

namespace mazescan::edit {

inline constexpr size_t kRankStates = 256;  // largest number of states over which a rank is taken
inline constexpr double kRankShare = 0.99;  // share of the squared norm that the rank holds

// Returns the number of singular values, the largest first, that hold kRankShare of the squared norm of a
// change [states, activations]; 0 if nothing changes.
int64_t rank_of(const torch::Tensor& change);

// Returns the rank of an edit's change of its layer over search states: edited minus unedited activations.
ChangeFacts change_facts(const EditSearch& search, const FoundEdit& edit);

}  // namespace mazescan::edit
