#include "evaluator/scan/scan_estimate.h"

#include <torch/types.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <utility>

#include "datasets/scan_shard.h"
#include "datasets/work_unit.h"
#include "evaluator/policies/expected_policy.h"
#include "evaluator/rollout/unit_levels.h"
#include "evaluator/scan/config.h"

namespace fs = std::filesystem;

namespace mazescan::scan {

namespace {

// Returns the payload bytes of a shard with `levels` levels, by the types in docs/dataset.md.
double shard_bytes(const ScanConfig& scan, const policy::Network& network, int size, int limit, int levels,
                   size_t measures) {
  const double cells = size * size;
  double bytes = levels * (4 + cells + 3 * 2 * 2 + 4 + 1);
  bytes += 2.0 * levels * (1 + 1 + 4 + 4 + 8 + 2.0 * (limit + 1));
  bytes += levels * (8 + 6 * 4 + 4 + 2.0 * 4 * (limit + 1));  // exact chances
  bytes += 8.0 * levels * datasets::kMeasuredMice * static_cast<double>(measures);
  bytes += std::min(scan.vector_fields, levels) * (4 + cells * (envs::kMoves + 1) * 4);
  const double element = scan.storage_dtype == "float16" ? 2 : 4;
  size_t datasets = 30 + measures;
  for (const auto& tap : network.layers()) {
    if (std::find(scan.layers.begin(), scan.layers.end(), tap.name) == scan.layers.end()) continue;
    const double values =
        std::accumulate(tap.shape.begin(), tap.shape.end(), 1.0, [](double a, int64_t b) { return a * b; });
    bytes += 2 * levels * values * element;  // at the first step and at the decision step
    datasets += 2;
  }
  return bytes + jobs::hdf5_overhead(datasets);
}

}  // namespace

jobs::Estimate estimate_scan(const jobs::RunConfig& config, const datasets::ArrayTask& task) {
  const ScanConfig& section = config.section<ScanConfig>();
  const fs::path path = policies::policy_path(config, section.policy);
  const policies::ExpectedPolicy policy = policies::dry_run_policy(path, config.source);
  policies::require_cells(policy.trained, datasets::kScan.name);
  policies::check_compatible(policy.trained, section.sizes, section.layers, datasets::kScan.name, "layers");
  policies::check_placements(policy.trained, section, datasets::kScan.name);
  jobs::Estimate estimate;
  estimate.task = task;
  estimate.folder = fs::path(config.run) / datasets::kScan.name;
  if (!policy.exists) estimate.missing = path;
  const size_t measures = make_task(policy.trained.environment)->measures().size();
  int64_t rollouts = 0;
  const std::vector<datasets::WorkUnit> units = jobs::work_units(section);
  for (size_t u = 0; u < units.size(); ++u) {
    if (!task.holds(u)) continue;
    const int levels = std::min(section.chunk, section.levels - units[u].chunk * section.chunk);
    const int limit = rollout::unit_limit(section, units[u], policy.trained.environment);
    ++estimate.units;
    rollouts += int64_t{2} * levels;
    estimate.bytes +=
        shard_bytes(section, policy.trained.policy.network, units[u].size, limit, levels, measures);
  }
  estimate.counts = {fmt::format("{} rollouts at most", rollouts)};
  return estimate;
}

}  // namespace mazescan::scan
