#pragma once
#include <vector>

#include "datasets/results.h"
#include "datasets/scan_shard.h"
#include "evaluator/findings/answer.h"

namespace mazescan::questions {

// Q9: what happens in the worst case? From a certificate (one without shards where none was made) for the
// sizes that can be gone through; above them, from the scan's placement uniform, a bound on the share of
// levels that fail. Both are of one policy, which the caller sees to. Throws UserError on damaged shards.
findings::Answer answer_worst_case(const datasets::Results& certificate,
                                   const std::vector<datasets::ScanShard>& scan);

}  // namespace mazescan::questions
