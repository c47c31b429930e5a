#include "evaluator/scan/scan_estimate.h"

#include <torch/types.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <utility>

#include "core/progress.h"
#include "datasets/work_unit.h"
#include "evaluator/policies/expected_policy.h"
#include "evaluator/rollout/unit_levels.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

// What HDF5 adds, measured: for a file with its groups, and for each dataset of it.
constexpr double kBytesAFile = 12000, kBytesADataset = 3000;

// A shard's payload of `levels` levels, docs/dataset.md by docs/dataset.md's types.
double shard_bytes(const ScanConfig& scan, const Network& network, int size, int limit, int levels) {
  const double cells = size * size;
  double bytes = levels * (4 + cells + 2 * 2 + 4 + 1 + 2 * 2);
  bytes += 2.0 * levels * (1 + 1 + 4 + 4 + 8 + 2.0 * (limit + 1));
  bytes += std::min(scan.vector_fields, levels) * (4 + cells * (kMoves + 1) * 4);
  const double element = scan.precision == "float16" ? 2 : 4;
  double datasets = 20;
  for (const auto& tap : network.layers()) {
    if (std::find(scan.layers.begin(), scan.layers.end(), tap.name) == scan.layers.end()) continue;
    const double values =
        std::accumulate(tap.shape.begin(), tap.shape.end(), 1.0, [](double a, int64_t b) { return a * b; });
    bytes += 2 * levels * values * element;  // at the first step, and at the decision
    datasets += 2;
  }
  return bytes + kBytesAFile + datasets * kBytesADataset;
}

}  // namespace

ScanEstimate estimate_scan(const ScanConfig& scan, const Network& network,
                           const EnvironmentConfig& environment, const ArrayTask& part) {
  ScanEstimate estimate;
  const std::vector<WorkUnit> units = work_units(scan);
  for (size_t u = 0; u < units.size(); ++u) {
    if (!part.holds(u)) continue;
    const int levels = std::min(scan.block, scan.levels - units[u].block * scan.block);
    const int limit = unit_limit(scan, units[u], environment);
    estimate.units += 1;
    estimate.rollouts += 2 * levels;
    estimate.bytes += shard_bytes(scan, network, units[u].size, limit, levels);
  }
  return estimate;
}

std::string describe_estimate(const RunConfig& config, const ArrayTask& part) {
  const fs::path path = policy_path(config, config.section<ScanConfig>().policy);
  const ExpectedPolicy policy = expected_policy(path, config.source);
  require_showable(policy.scanned, config.section<ScanConfig>(), config.section<ScanConfig>().layers, "scan",
                   "layers");
  const ScanEstimate estimate = estimate_scan(config.section<ScanConfig>(), policy.scanned.policy.network,
                                              policy.scanned.environment, part);
  return fmt::format("{} units, {} rollouts, at most {}B in {} (uncompressed){}", estimate.units,
                     estimate.rollouts, format_count(estimate.bytes) + (estimate.bytes < 999.5 ? " " : ""),
                     (fs::path(config.run) / "scan").string(),
                     policy.trained ? "" : fmt::format("; {} is still to be trained", path.string()));
}

}  // namespace mazescan
