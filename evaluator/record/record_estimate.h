#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/array_task.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan {

// What a recording will cost, without making it.
struct RecordEstimate {
  int64_t units = 0;
  int64_t samples = 0;  // at most: every rollout as long as its limit, every level with a cell for the cheese
  double bytes = 0;     // on disk, at most: uncompressed
  double seconds = 0;   // of one rank, at most, by a trial on some states of the first unit
};
RecordEstimate estimate_record(const RunConfig& config, const ScannedPolicy& scanned, const ArrayTask& part);

// The same in words for a configuration, also before its training: where there is no policy file yet, network
// and environment are those of the configuration's own sections. Throws UserError.
std::string describe_record_estimate(const RunConfig& config, const ArrayTask& part);

}  // namespace mazescan
