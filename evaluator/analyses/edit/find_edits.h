#pragma once
#include <string>
#include <vector>

#include "evaluator/analyses/edit/edit_search.h"

namespace mazescan::edit {

// Returns the best edit of a family (clamp, vector or mask) for each allowance, ascending; an empty edit
// (activations 0) if none is small enough. A larger allowance never has a worse edit. Deterministic.
std::vector<FoundEdit> find_edits(const EditSearch& search, const std::string& family,
                                  const std::vector<int64_t>& allowed);

}  // namespace mazescan::edit
