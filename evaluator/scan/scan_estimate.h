#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "datasets/array_task.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/scan/config.h"
#include "evaluator/scan/scan.h"

namespace mazescan {

// What a scan will cost, without playing it.
struct ScanEstimate {
  int64_t units = 0;
  int64_t rollouts = 0;  // sampled and greedy ones; fewer where levels have no cell for a placement
  double bytes = 0;      // on disk, at most: uncompressed, every rollout as long as its limit
};
ScanEstimate estimate_scan(const ScanConfig& scan, const Network& network,
                           const EnvironmentConfig& environment, const ArrayTask& part);

// The same in words for a configuration, also before its training: where there is no policy file yet, network
// and environment are those of the configuration's own sections. Throws UserError.
std::string describe_estimate(const RunConfig& config, const ArrayTask& part);

}  // namespace mazescan
