#include "evaluator/analyses/rationale/rationale.h"

#include <fmt/format.h>

#include <utility>

#include "core/log.h"
#include "evaluator/analyses/rationale/config.h"
#include "evaluator/analyses/rationale/measure.h"
#include "evaluator/analyses/rationale/search.h"
#include "evaluator/analyses/result_job.h"
#include "evaluator/policies/expected_policy.h"
#include "evaluator/rollout/unit_levels.h"

namespace mazescan::rationale {

namespace {

namespace fs = std::filesystem;

// Throws UserError unless the policy sees planes of mazes of the section's sizes and placements.
void require_rationales(const RationaleConfig& section, const policies::TrainedPolicy& trained) {
  const maze::MazeConfig& maze = policies::require_maze(trained, datasets::kRationale.name);
  require(maze.observation == envs::Interface::planes,
          "mazescan-evaluator rationale: the policy was trained with 'observation: rgb'",
          "a rationale is a set of cells, and pictures mix neighbouring cells in their pixels",
          "a policy that was trained with 'observation: planes'");
  policies::check_compatible(trained, section.sizes, {}, datasets::kRationale.name, "layers");
  policies::check_placements(trained, section.measured(), datasets::kRationale.name);
}

}  // namespace

RationaleResult rationale_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                               const datasets::WorkUnit& unit) {
  const auto& section = config.section<RationaleConfig>();
  const auto seed = static_cast<uint64_t>(config.seed);
  const auto levels_of = [&](const jobs::LevelGrid& grid) {
    return rollout::unit_levels(grid, unit, trained.environment, seed);
  };
  RationaleResult result;
  result.targets = section.rates;
  const StatePool pool(levels_of(section.searched()));
  const std::vector<envs::MazeLevel> levels = levels_of(section.measured());
  for (const envs::MazeLevel& level : levels) result.levels.emplace_back(level);
  if (pool.levels().size() < 2 || levels.empty()) {
    result.expected_rates.assign(section.rates.size(), 0);
    return result;
  }

  const std::string stream = fmt::format("rationale/{}/{}", unit.size, unit.subject);
  const rollout::NetworkAgent agent(trained.policy.network, trained.environment);
  RationaleSearch search(trained, agent, pool, RandomStream(seed, stream));
  const auto task = make_task(trained.environment);
  const MeasuredStates measured(trained.policy.network, agent, *task, levels, pool, seed, stream);
  result.states = measured.rows();
  for (const double target : section.rates) {
    result.expected_rates.push_back(search.train(target, section.steps));
    measured.append(search.likeliest_gates(measured.masked()), result.states);
  }
  return result;
}

jobs::JobEnd rationale(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                       const datasets::ArrayTask& task, double lock_timeout_s) {
  const auto& section = config.section<RationaleConfig>();
  const policies::TrainedPolicy trained =
      policies::open_trained_policy(config, datasets::kRationale.name, section, communicator.local_rank());
  require_rationales(section, trained);
  if (communicator.is_root())
    log_info("looking for rationales of {}: {} sizes x {} placements, {} rates",
             policies::policy_path(config, section.policy).string(), section.sizes.size(),
             section.placements.size(), section.rates.size());
  const auto compute = [&](const datasets::WorkUnit& unit, datasets::ResultShard& shard) {
    datasets::write_columns(rationale_unit(config, trained, unit), shard);
  };
  return analyses::run_result_job(
      {datasets::kRationale, jobs::work_units(section.measured()), dump_identity(section), compute}, config,
      trained, communicator, task, lock_timeout_s);
}

jobs::Estimate estimate_rationale(const jobs::RunConfig& config, const datasets::ArrayTask& task) {
  const auto& section = config.section<RationaleConfig>();
  const fs::path path = policies::policy_path(config, section.policy);
  const policies::ExpectedPolicy policy = policies::dry_run_policy(path, config.source);
  require_rationales(section, policy.trained);

  jobs::Estimate estimate;
  estimate.task = task;
  estimate.folder = fs::path(config.run) / datasets::kRationale.name;
  if (!policy.exists) estimate.missing = path;
  const auto rates = static_cast<int64_t>(section.rates.size());
  int64_t states = 0;
  const std::vector<datasets::WorkUnit> units = jobs::work_units(section.measured());
  for (size_t u = 0; u < units.size(); ++u) {
    if (!task.holds(u)) continue;
    ++estimate.units;
    states += section.levels;
    estimate.bytes += section.levels * (datasets::row_bytes<datasets::LevelRow>(units[u].size) +
                                        datasets::row_bytes<StateRow>(units[u].size, {{"rate", rates}})) +
                      jobs::hdf5_overhead(datasets::column_count<RationaleResult>());
  }
  const int64_t steps = gradient_steps(rates, section.steps) * static_cast<int64_t>(estimate.units);
  estimate.counts = {fmt::format("at most {} states, {} rates", states, rates),
                     fmt::format("{} gradient steps of {} states", steps, kSearchBatch)};
  return estimate;
}

jobs::JobInfo rationale_job() {
  return {datasets::kRationale,
          "find the smallest sets of cells that keep the policy's decisions",
          "the smallest sets of cells that keep the policy's decisions",
          AnySection::of<RationaleConfig>(),
          {},
          /*in_parts=*/false,
          jobs::JobPolicies::of_maze_planes,
          rationale,
          estimate_rationale};
}

}  // namespace mazescan::rationale
