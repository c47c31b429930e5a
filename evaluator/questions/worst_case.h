#pragma once
#include <vector>

#include "datasets/results.h"
#include "datasets/scan_shard.h"
#include "evaluator/findings/answer.h"

namespace mazescan::questions {

// Answers Q9: what happens in the worst case? For the sizes that can be enumerated it uses a
// certificate (without shards if none was computed). For larger sizes it bounds the share of failing
// levels from the scan's placement "uniform". Both must be of the same policy; the caller checks this.
// Throws UserError on damaged shards.
findings::Answer answer_worst_case(const datasets::Results& certificate,
                                   const std::vector<datasets::ScanShard>& scan);

}  // namespace mazescan::questions
