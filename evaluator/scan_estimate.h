#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "evaluator/scan.h"
#include "evaluator/work_units.h"

namespace mazescan {

// The policy of `path` or, before its training, a stand-in: untrained, with network and environment of the
// configuration's own sections.
struct ExpectedPolicy {
  ScannedPolicy scanned;
  bool trained = false;
};
ExpectedPolicy expected_policy(const std::filesystem::path& path, const std::string& config_path,
                               const std::vector<std::string>& overrides);

// What a scan will cost, without playing it.
struct ScanEstimate {
  int64_t units = 0;
  int64_t rollouts = 0;  // sampled and greedy ones; fewer where levels have no cell for a placement
  double bytes = 0;      // on disk, at most: uncompressed, every rollout as long as its limit
};
ScanEstimate estimate_scan(const ScanConfig& scan, const Network& network,
                           const EnvironmentConfig& environment, const JobPart& part);

// The same in words for a configuration, also before its training: where there is no policy file yet, network
// and environment are those of the configuration's own sections. Throws UserError.
std::string describe_estimate(const std::string& config_path, const std::vector<std::string>& overrides,
                              const JobPart& part);

}  // namespace mazescan
