#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "envs/task.h"
#include "evaluator/analyses/sparsity/cheese_channels.h"
#include "evaluator/analyses/sparsity/config.h"
#include "evaluator/analyses/sparsity/rectified.h"
#include "evaluator/analyses/sparsity/sparsity.h"
#include "evaluator/policies/expected_policy.h"
#include "evaluator/rollout/unit_levels.h"

namespace fs = std::filesystem;

namespace mazescan::sparsity {

namespace {

// Returns the bytes of a shard without its levels.
double table_bytes(const policies::TrainedPolicy& trained, int size, size_t truncations) {
  double bytes = jobs::hdf5_overhead(datasets::column_count<SparsityResult>()) +
                 static_cast<double>(truncations) * datasets::row_bytes<TruncationRow>(size);
  for (const policy::LayerSpec& layer : rectified_layers(trained.policy.network)) {
    bytes += datasets::row_bytes<LayerRow>(size) +
             static_cast<double>(policy::element_count(layer.shape)) * datasets::row_bytes<UnitRow>(size);
    if (shows_cheese(trained, layer))
      bytes += static_cast<double>(layer.shape.front()) * datasets::row_bytes<ChannelRow>(size);
  }
  return bytes;
}

}  // namespace

jobs::Estimate estimate_sparsity(const jobs::RunConfig& config, const datasets::ArrayTask& task) {
  const SparsityConfig& section = config.section<SparsityConfig>();
  const fs::path path = policies::policy_path(config, section.policy);
  const policies::ExpectedPolicy policy = policies::dry_run_policy(path, config.source);
  const jobs::LevelGrid grid = supported_grid(config, policy.trained);
  const envs::EnvironmentConfig& environment = policy.trained.environment;

  jobs::Estimate estimate;
  estimate.task = task;
  estimate.folder = fs::path(config.run) / datasets::kSparsity.name;
  if (!policy.exists) estimate.missing = path;
  const int faces = make_task(environment)->observation_shape().shows_facing ? 2 : 1;
  const size_t truncations = section.fractions.size() + 1;
  int64_t shown = 0;  // states that the network evaluates for moves
  const std::vector<datasets::WorkUnit> units = jobs::work_units(grid);
  for (size_t u = 0; u < units.size(); ++u) {
    if (!task.holds(u)) continue;
    ++estimate.units;
    const auto levels = rollout::unit_levels(grid, units[u], environment, static_cast<uint64_t>(config.seed));
    for (const envs::MazeLevel& level : levels)
      shown += static_cast<int64_t>(truncations) * faces * static_cast<int64_t>(open_cells(level).size());
    estimate.bytes += table_bytes(policy.trained, units[u].size, truncations) +
                      static_cast<double>(levels.size()) *
                          datasets::row_bytes<LevelSparsity>(
                              units[u].size, {{"truncation", static_cast<int64_t>(truncations)}});
  }
  estimate.counts = {fmt::format("at most {} states shown to the network", shown)};
  return estimate;
}

}  // namespace mazescan::sparsity
