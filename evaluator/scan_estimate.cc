#include "evaluator/scan_estimate.h"

#include <torch/types.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "core/progress.h"
#include "envs/maze_environment.h"
#include "evaluator/scan.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

// Sections of a configuration that say what will be scanned once it is trained.
struct UntrainedPolicy {
  EnvironmentConfig environment;
  NetworkConfig network;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("environment", environment, "the world");
    visit("network", network, "the policy's network");
    for (const char* section : {"run", "seed", "train", "scan"}) visit.foreign(section, "not needed here");
  }
};

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
  for (const auto& tap : network.taps()) {
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
                           const EnvironmentConfig& environment, const ScanPart& part) {
  ScanEstimate estimate;
  const std::vector<ScanUnit> units = scan_units(scan);
  for (size_t u = 0; u < units.size(); ++u) {
    if (!part.holds(u)) continue;
    const int levels = std::min(scan.block, scan.levels - units[u].block * scan.block);
    const int limit = scan.limit > 0 ? scan.limit : time_limit(environment, units[u].size);
    estimate.units += 1;
    estimate.rollouts += 2 * levels;
    estimate.bytes += shard_bytes(scan, network, units[u].size, limit, levels);
  }
  return estimate;
}

std::string describe_estimate(const std::string& config_path, const std::vector<std::string>& overrides,
                              const ScanPart& part) {
  const auto config = load_config<EvaluatorConfig>(config_path, overrides);
  const fs::path policy = policy_path(config);
  const bool trained = fs::exists(policy);
  ScanEstimate estimate;
  if (trained) {
    const ScannedPolicy scanned = load_scanned_policy(policy, torch::kCPU);
    estimate = estimate_scan(config.scan, scanned.policy.network, scanned.environment, part);
  } else {
    const auto untrained = load_config<UntrainedPolicy>(config_path, overrides);
    const ObservationShape seen = observation_shape(untrained.environment);
    const int actions = untrained.environment.actions == "procgen" ? kProcgenActions : kMoves;
    const Network network(untrained.network, {seen.channels, seen.height, seen.width, 1, actions});
    estimate = estimate_scan(config.scan, network, untrained.environment, part);
  }
  return fmt::format("{} units, {} rollouts, at most {}B in {} (uncompressed){}", estimate.units,
                     estimate.rollouts, format_count(estimate.bytes) + (estimate.bytes < 999.5 ? " " : ""),
                     (fs::path(config.run) / "scan").string(),
                     trained ? "" : fmt::format("; {} is still to be trained", policy.string()));
}

}  // namespace mazescan
