#include "evaluator/scan/scan.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/hash.h"
#include "core/log.h"
#include "datasets/scan_episode.h"
#include "datasets/scan_shard_file.h"
#include "envs/maze_state.h"
#include "evaluator/policies/describe_policy.h"
#include "evaluator/policies/provenance.h"
#include "evaluator/rollout/activations.h"
#include "evaluator/rollout/exact_chances.h"
#include "evaluator/rollout/rollouts.h"
#include "evaluator/rollout/unit_levels.h"
#include "evaluator/scan/config.h"
#include "evaluator/scan/scan_estimate.h"
#include "evaluator/scan/scan_levels.h"

namespace fs = std::filesystem;

namespace mazescan::scan {

namespace {

// Returns the task's measures of all episodes, in the order of datasets::ScanMeasure.
std::vector<datasets::ScanMeasure> measures_of(const envs::Task& task, const datasets::ScanShard& shard) {
  std::vector<datasets::ScanMeasure> all;
  const std::vector<envs::Measure> measures = task.measures();
  for (size_t m = 0; m < measures.size(); ++m) {
    all.push_back({measures[m].name, {}});
    for (size_t e = 0; e < shard.level_seed.size(); ++e)
      for (const std::vector<double>* const mouse : {&shard.exact.measures, &shard.exact.random_measures,
                                                     &shard.sampled.measures, &shard.greedy.measures})
        all.back().values.push_back((*mouse)[e * measures.size() + m]);
  }
  return all;
}

// Evaluates the policy on every free cell of one episode's level.
datasets::VectorField vector_field(rollout::PolicyCache& cache, int episode) {
  const envs::MazeLevel& level = *cache.episodes()[episode].level;
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  datasets::VectorField field{episode, std::vector<float>(level.open.size() * envs::kMoves, nan),
                              std::vector<float>(level.open.size(), nan)};
  std::vector<rollout::Mouse> mice;  // facing left, as at the start
  for (const envs::Cell cell : open_cells(level)) mice.push_back({cell});
  cache.evaluate(std::vector<int>(mice.size(), episode), mice);
  for (const rollout::Mouse mouse : mice) {
    const envs::Cell cell = mouse.cell;
    const auto moves = cache.move_probabilities(episode, mouse);
    std::copy(moves.begin(), moves.end(),
              field.probability.begin() + static_cast<int64_t>(level.index(cell)) * envs::kMoves);
    field.value[level.index(cell)] = cache.value(episode, mouse);
  }
  return field;
}

}  // namespace

std::string scan_key(const jobs::RunConfig& config, const policies::TrainedPolicy& trained) {
  return Hasher()
      .add(datasets::kScan.manifest_format() + " 1")
      .add(trained.policy.hash)
      .add(fmt::format("seed {}\n", config.seed))
      .add(dump_identity(config.section<ScanConfig>()))
      .hex();
}

datasets::ScanShard scan_unit(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment,
                              const rollout::Agent& agent, const datasets::WorkUnit& unit,
                              const TapRecorder& record) {
  const ScanConfig& scan = config.section<ScanConfig>();
  const auto seed = static_cast<uint64_t>(config.seed);
  datasets::ScanShard shard;
  shard.size = unit.size;
  shard.placement = unit.subject;
  shard.chunk = unit.chunk;
  shard.limit = rollout::unit_limit(scan, unit, environment);
  const auto task = make_task(environment);
  shard.region = task->region();

  const std::vector<envs::MazeLevel> levels = rollout::unit_levels(scan, unit, environment, seed);
  const std::vector<envs::MazeState> starts = add_levels(*task, levels, shard);
  std::vector<envs::Cell> decision;
  for (size_t e = 0; e < levels.size(); ++e) decision.push_back(datasets::decision_of(shard, e));

  rollout::PolicyCache cache(agent, starts);
  const std::string stream = rollout::rollout_stream(unit);
  shard.sampled = rollout::run_rollouts(cache, *task, rollout::ActionSelection::kSampled, shard.limit,
                                        decision, seed, stream);
  shard.greedy = rollout::run_rollouts(cache, *task, rollout::ActionSelection::kGreedy, shard.limit, decision,
                                       seed, stream);

  shard.exact = rollout::exact_chances(cache, *task, shard.limit, decision);
  shard.measures = measures_of(*task, shard);

  std::vector<envs::MazeState> at_decision;
  for (int e = 0; e < static_cast<int>(levels.size()); ++e) {
    if (shard.sampled.decision_step[e] < 0) continue;
    shard.decision_episode.push_back(e);
    const auto step = static_cast<size_t>(shard.sampled.path_offset[e] + shard.sampled.decision_step[e]);
    at_decision.push_back(
        rollout::with_mouse(starts[e], {decision[e], shard.sampled.facing_right[step] != 0}));
  }
  if (record) {
    record(starts, "first", shard.taps);
    record(at_decision, "decision", shard.taps);
  }
  for (int e = 0; e < std::min(scan.vector_fields, static_cast<int>(levels.size())); ++e)
    shard.fields.push_back(vector_field(cache, e));
  return shard;
}

datasets::ScanShard scan_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                              const datasets::WorkUnit& unit) {
  const policy::Network& network = trained.policy.network;
  const rollout::NetworkAgent agent(network, trained.environment);
  const std::vector<datasets::TapShape> taps =
      rollout::taps_named(network, config.section<ScanConfig>().layers);
  const TapRecorder record = [&](const std::vector<envs::MazeState>& states, const char* moment,
                                 std::vector<datasets::TapRecord>& records) {
    const std::vector<torch::Tensor> outputs = rollout::tap_outputs(network, agent, states, taps);
    for (size_t t = 0; t < taps.size(); ++t) {
      const auto* values = outputs[t].data_ptr<float>();
      records.push_back(
          {taps[t].name, moment, outputs[t].sizes().vec(), {values, values + outputs[t].numel()}});
    }
  };
  datasets::ScanShard shard = scan_unit(config, trained.environment, agent, unit, record);
  shard.scan_key = scan_key(config, trained);
  return shard;
}

namespace {

class ScanJob : public jobs::UnitJob {
 public:
  ScanJob(const jobs::RunConfig& run_config, policies::TrainedPolicy trained, nlohmann::json made_by)
      : jobs::UnitJob(datasets::kScan, run_config, jobs::work_units(run_config.section<ScanConfig>()),
                      std::move(made_by)),
        trained_(std::move(trained)) {
    key = scan_key(config, trained_);
    attributes = policies::policy_attributes(trained_);
  }
  void make(const datasets::WorkUnit& unit, const fs::path& path, Done done) override {
    done(datasets::write_shard(
        path, scan_unit(config, trained_, unit),
        {config.section<ScanConfig>().storage_dtype, config.section<ScanConfig>().compression},
        provenance.dump()));
  }
  datasets::ShardHeader header(const storage::CheckedFile& shard) const override {
    return datasets::read_shard_header(shard);
  }
  void check(const storage::CheckedFile& shard) const override {
    datasets::read_shard(shard, /*with_activations=*/false);
  }

 private:
  const policies::TrainedPolicy trained_;
};

}  // namespace

jobs::JobEnd scan(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                  const datasets::ArrayTask& part, double lock_timeout_s) {
  const ScanConfig& section = config.section<ScanConfig>();
  policies::TrainedPolicy trained =
      policies::open_trained_policy(config, datasets::kScan.name, section, communicator.local_rank());
  policies::require_cells(trained, datasets::kScan.name);
  policies::check_compatible(trained, section.sizes, section.layers, datasets::kScan.name, "layers");
  policies::check_placements(trained, section, datasets::kScan.name);
  if (communicator.is_root())
    log_info("scanning {} in {}: {} sizes x {} placements x {} levels",
             policies::policy_path(config, section.policy).string(), section.compute_dtype,
             section.sizes.size(), section.placements.size(), section.levels);
  ScanJob job(config, std::move(trained), policies::evaluator_provenance(communicator));
  return jobs::run_units(job, communicator, fs::path(config.run) / datasets::kScan.name, part,
                         lock_timeout_s);
}

jobs::JobInfo scan_job() {
  return {datasets::kScan,
          "play the policy over sizes x placements, store outcomes and activations",
          "sizes x placements",
          AnySection::of<ScanConfig>(),
          {},
          /*in_parts=*/true,
          jobs::JobPolicies::of_cells,
          scan,
          estimate_scan};
}

}  // namespace mazescan::scan
