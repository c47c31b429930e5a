#pragma once
#include <string>
#include <vector>

#include "evaluator/analyses/edit/edit_search.h"

namespace mazescan::edit {

// Returns the candidates of a family (clamp, vector or mask) for these allowances, ascending, with their
// scores on the choosing levels. None changes more activations than the largest allowance. Deterministic.
std::vector<FoundEdit> candidate_edits(const EditSearch& search, const std::string& family,
                                       const std::vector<int64_t>& allowed);

// Returns the candidate with the best score that changes at most `allowed` activations; an empty edit
// (activations 0) if there is none. So a larger allowance never has a worse edit.
FoundEdit best_edit(const std::vector<FoundEdit>& candidates, int64_t allowed);

}  // namespace mazescan::edit
