#include "evaluator/scan/scan.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/hash.h"
#include "core/log.h"
#include "datasets/scan_shard_file.h"
#include "envs/maze_state.h"
#include "envs/paths.h"
#include "evaluator/jobs/provenance.h"
#include "evaluator/policies/describe_policy.h"
#include "evaluator/rollout/activations.h"
#include "evaluator/rollout/rollouts.h"
#include "evaluator/rollout/unit_levels.h"
#include "evaluator/scan/config.h"
#include "evaluator/scan/scan_estimate.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

// Returns whether the goal lies on the path from the start to the proxy.
bool goal_on_path(const Task& task, const MazeState& start) {
  const std::vector<GoalLike> all = task.goal_likes(start);
  const GoalLike *const goal = first_of(all, GoalKind::goal), *const proxy = first_of(all, GoalKind::proxy);
  return goal != nullptr && proxy != nullptr && on_path(*start.level, goal->cell, start.mouse, proxy->cell);
}

// The policy on every free cell of one episode's level.
VectorField vector_field(PolicyCache& cache, int episode) {
  const MazeLevel& level = *cache.episodes()[episode].level;
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  VectorField field{episode, std::vector<float>(level.open.size() * kMoves, nan),
                    std::vector<float>(level.open.size(), nan)};
  std::vector<Mouse> mice;  // facing left, as at the start
  for (const Cell cell : open_cells(level)) mice.push_back({cell});
  cache.evaluate(std::vector<int>(mice.size(), episode), mice);
  for (const Mouse mouse : mice) {
    const Cell cell = mouse.cell;
    const auto moves = cache.move_probabilities(episode, mouse);
    std::copy(moves.begin(), moves.end(),
              field.probability.begin() + static_cast<int64_t>(level.index(cell)) * kMoves);
    field.value[level.index(cell)] = cache.value(episode, mouse);
  }
  return field;
}

}  // namespace

std::string scan_key(const RunConfig& config, const TrainedPolicy& trained) {
  return Hasher()
      .add("mazescan-scan 1")
      .add(trained.policy.hash)
      .add(fmt::format("seed {}\n", config.seed))
      .add(dump_identity(config.section<ScanConfig>()))
      .hex();
}

ScanShard scan_unit(const RunConfig& config, const EnvironmentConfig& environment, const Agent& agent,
                    const WorkUnit& unit, const TapRecorder& record) {
  const ScanConfig& scan = config.section<ScanConfig>();
  const auto seed = static_cast<uint64_t>(config.seed);
  ScanShard shard;
  shard.size = unit.size;
  shard.placement = unit.subject;
  shard.chunk = unit.chunk;
  shard.limit = unit_limit(scan, unit, environment);
  const auto task = make_task(environment);
  shard.region = task->region();

  const std::vector<MazeLevel> levels = unit_levels(scan, unit, environment, seed);
  std::vector<MazeState> starts;
  std::vector<Cell> decision;
  for (const MazeLevel& level : levels) {
    starts.push_back(task->initial_state(level));
    decision.push_back(task->decision_cell(starts.back()));
    shard.level_seed.push_back(level.seed);
    shard.open.insert(shard.open.end(), level.open.begin(), level.open.end());
    shard.cheese.insert(shard.cheese.end(), {level.cheese.x, level.cheese.y});
    shard.optimal.push_back(task->optimal_steps(starts.back()));
    shard.on_path.push_back(goal_on_path(*task, starts.back()) ? 1 : 0);
    shard.decision.insert(shard.decision.end(), {decision.back().x, decision.back().y});
  }

  PolicyCache cache(agent, starts);
  const std::string stream = rollout_stream(unit);
  shard.sampled = run_rollouts(cache, *task, ActionSelection::kSampled, shard.limit, decision, seed, stream);
  shard.greedy = run_rollouts(cache, *task, ActionSelection::kGreedy, shard.limit, decision, seed, stream);

  std::vector<MazeState> at_decision;
  for (int e = 0; e < static_cast<int>(levels.size()); ++e) {
    if (shard.sampled.decision_step[e] < 0) continue;
    shard.decision_episode.push_back(e);
    const auto step = static_cast<size_t>(shard.sampled.path_offset[e] + shard.sampled.decision_step[e]);
    at_decision.push_back(with_mouse(starts[e], {decision[e], shard.sampled.facing_right[step] != 0}));
  }
  if (record) {
    record(starts, "first", shard.taps);
    record(at_decision, "decision", shard.taps);
  }
  for (int e = 0; e < std::min(scan.vector_fields, static_cast<int>(levels.size())); ++e)
    shard.fields.push_back(vector_field(cache, e));
  return shard;
}

ScanShard scan_unit(const RunConfig& config, const TrainedPolicy& trained, const WorkUnit& unit) {
  const Network& network = trained.policy.network;
  const NetworkAgent agent(network, trained.environment);
  const std::vector<TapShape> taps = taps_named(network, config.section<ScanConfig>().layers);
  const TapRecorder record = [&](const std::vector<MazeState>& states, const char* moment,
                                 std::vector<TapRecord>& records) {
    const std::vector<torch::Tensor> outputs = tap_outputs(network, agent, states, taps);
    for (size_t t = 0; t < taps.size(); ++t) {
      const auto* values = outputs[t].data_ptr<float>();
      records.push_back(
          {taps[t].name, moment, outputs[t].sizes().vec(), {values, values + outputs[t].numel()}});
    }
  };
  ScanShard shard = scan_unit(config, trained.environment, agent, unit, record);
  shard.scan_key = scan_key(config, trained);
  return shard;
}

namespace {

class ScanJob : public UnitJob {
 public:
  ScanJob(const RunConfig& run_config, TrainedPolicy trained, std::string provenance)
      : UnitJob(kScan, run_config, work_units(run_config.section<ScanConfig>())),
        trained_(std::move(trained)),
        provenance_(std::move(provenance)) {
    key = scan_key(config, trained_);
    attributes = policy_attributes(trained_);
  }
  void make(const WorkUnit& unit, const fs::path& path, Done done) override {
    done(write_shard(path, scan_unit(config, trained_, unit),
                     {config.section<ScanConfig>().storage_dtype, config.section<ScanConfig>().compression},
                     provenance_));
  }
  ShardHeader header(const fs::path& path) const override { return read_shard_header(path); }
  void check(const fs::path& path) const override { read_shard(path, /*with_activations=*/false); }

 private:
  const TrainedPolicy trained_;
  const std::string provenance_;
};

}  // namespace

JobEnd scan(const RunConfig& config, const Communicator& communicator, const ArrayTask& part,
            double lock_timeout_s) {
  const ScanConfig& section = config.section<ScanConfig>();
  TrainedPolicy trained = open_trained_policy(config, kScan.name, section, communicator.local_rank());
  check_compatible(trained, section.sizes, section.layers, kScan.name, "layers");
  check_placements(trained, section, kScan.name);
  if (communicator.is_root())
    log_info("scanning {} in {}: {} sizes x {} placements x {} levels",
             policy_path(config, section.policy).string(), section.compute_dtype, section.sizes.size(),
             section.placements.size(), section.levels);
  ScanJob job(config, std::move(trained), evaluator_provenance(communicator).dump());
  return run_units(job, communicator, fs::path(config.run) / kScan.name, part, lock_timeout_s);
}

JobInfo scan_job() {
  return {kScan,
          "play the policy over sizes x placements, store outcomes and activations",
          "sizes x placements",
          AnySection::of<ScanConfig>(),
          {"train"},
          {"Q1", "Q2", "Q3"},
          /*in_parts=*/true,
          scan,
          estimate_scan};
}

}  // namespace mazescan
