#include "evaluator/analyses/sparsity/sparsity.h"

#include <torch/types.h>

#include <algorithm>

#include "envs/state_graph.h"
#include "envs/task.h"
#include "evaluator/analyses/result_job.h"
#include "evaluator/analyses/sparsity/activity.h"
#include "evaluator/analyses/sparsity/cheese_channels.h"
#include "evaluator/analyses/sparsity/code_length.h"
#include "evaluator/analyses/sparsity/config.h"
#include "evaluator/analyses/sparsity/rectified.h"
#include "evaluator/analyses/sparsity/rules.h"
#include "evaluator/rollout/exact_chances.h"
#include "evaluator/rollout/unit_levels.h"

namespace mazescan::sparsity {

namespace {

// The states that the mouse can reach, level by level.
struct ReachedStates {
  std::vector<int> levels;
  std::vector<rollout::Mouse> mice;
};

ReachedStates reached_states(const envs::Task& task, const std::vector<envs::MazeState>& starts) {
  const bool facing = task.observation_shape().shows_facing;
  ReachedStates reached;
  for (size_t l = 0; l < starts.size(); ++l)
    for (const envs::MazeState& state : envs::reachable_states(task, starts[l], facing).states) {
      reached.levels.push_back(static_cast<int>(l));
      reached.mice.push_back({state.mouse, state.facing_right});
    }
  return reached;
}

// Returns the likeliest move in each state, all of which the cache has evaluated.
std::vector<size_t> likeliest_moves(const rollout::PolicyCache& cache, const ReachedStates& states) {
  std::vector<size_t> moves;
  for (const auto& chances : cache.move_probabilities(states.levels, states.mice))
    moves.push_back(static_cast<size_t>(std::max_element(chances.begin(), chances.end()) - chances.begin()));
  return moves;
}

// Returns the rows of the rectified layers.
std::vector<LayerRow> layer_rows(const policies::TrainedPolicy& trained,
                                 const std::vector<policy::LayerSpec>& layers) {
  std::vector<LayerRow> rows;
  for (const policy::LayerSpec& layer : layers)
    rows.push_back({layer.name, policy::element_count(layer.shape), shows_cheese(trained, layer)});
  return rows;
}

// Evaluates the levels of one unit, once for each truncation.
class UnitEvaluation {
 public:
  UnitEvaluation(const policies::TrainedPolicy& trained, const std::vector<envs::MazeLevel>& levels,
                 int limit)
      : trained_(trained),
        layers_(rectified_layers(trained.policy.network)),
        task_(make_task(trained.environment)),
        limit_(limit) {
    for (const envs::MazeLevel& level : levels) starts_.push_back(task_->initial_state(level));
    states_ = reached_states(*task_, starts_);
    result.limit = limit;
    result.layers = layer_rows(trained, layers_);
    for (const envs::MazeLevel& level : levels) result.levels.emplace_back().seed = level.seed;
    for (const int level : states_.levels) ++result.levels[static_cast<size_t>(level)].states;
  }

  // Appends a truncation. The first must be fraction 1, which changes nothing.
  void evaluate(double fraction) {
    const bool unchanged = result.truncations.empty();
    Activity activity(layers_);
    Rules rules(layers_);
    CodeLength code(layers_);
    const policy::TapFunction tap = [&](const std::string& name, torch::Tensor output) {
      if (fraction < 1 && is_rectified(name)) output = keep_largest(output, fraction);
      activity.add(name, output);
      if (unchanged) {
        rules.add(name, output);
        code.add(name, output);
      }
      return output;
    };
    const rollout::NetworkAgent agent(trained_.policy.network, trained_.environment, tap);
    rollout::PolicyCache cache(agent, starts_);
    const datasets::ExactChances chances =
        rollout::exact_chances(cache, *task_, limit_, std::vector<envs::Cell>(starts_.size(), envs::kNoCell));
    const std::vector<size_t> moves = likeliest_moves(cache, states_);
    if (unchanged) {
      unchanged_ = moves;
      result.states = activity.states();
      result.units = activity.units();
      for (LayerRow& layer : result.layers) {
        const statistics::TreeSize tree = rules.size(layer.name);
        layer.leaves = tree.leaves;
        layer.fidelity = tree.fidelity;
        layer.bits = code.bits(layer.name);
      }
    }
    result.truncations.push_back({fraction, activity.active_share()});
    const auto steps = static_cast<size_t>(limit_);
    for (size_t l = 0; l < starts_.size(); ++l) {
      result.levels[l].success.push_back(chances.arrived[l * (steps + 1) + steps]);
      result.levels[l].agree.push_back(0);
    }
    for (size_t s = 0; s < moves.size(); ++s)
      result.levels[static_cast<size_t>(states_.levels[s])].agree.back() += moves[s] == unchanged_[s] ? 1 : 0;
  }

  const std::vector<policy::LayerSpec>& layers() const { return layers_; }
  SparsityResult result;

 private:
  bool is_rectified(const std::string& name) const {
    return std::any_of(layers_.begin(), layers_.end(),
                       [&](const policy::LayerSpec& layer) { return layer.name == name; });
  }

  const policies::TrainedPolicy& trained_;
  const std::vector<policy::LayerSpec> layers_;
  const std::unique_ptr<const envs::Task> task_;
  const int limit_;
  std::vector<envs::MazeState> starts_;
  ReachedStates states_;
  std::vector<size_t> unchanged_;  // the likeliest moves of the policy
};

}  // namespace

jobs::LevelGrid supported_grid(const jobs::RunConfig& config, const policies::TrainedPolicy& trained) {
  const char* const job = datasets::kSparsity.name;
  policies::require_maze(trained, job);
  const jobs::LevelGrid grid = config.section<SparsityConfig>().grid(make_task(trained.environment)->sizes());
  policies::check_compatible(trained, grid.sizes, {}, job, "");
  policies::check_placements(trained, grid, job);
  return grid;
}

SparsityResult sparsity_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                             const datasets::WorkUnit& unit) {
  const SparsityConfig& section = config.section<SparsityConfig>();
  const jobs::LevelGrid grid = section.grid({unit.size});
  const std::vector<envs::MazeLevel> levels =
      rollout::unit_levels(grid, unit, trained.environment, static_cast<uint64_t>(config.seed));
  UnitEvaluation evaluation(trained, levels, rollout::unit_limit(grid, unit, trained.environment));
  evaluation.evaluate(1);
  for (const double fraction : section.fractions) evaluation.evaluate(fraction);
  LocatedCheese located = locate_cheese(trained, levels, evaluation.layers());
  evaluation.result.channel_states = located.states;
  evaluation.result.channels = std::move(located.channels);
  return evaluation.result;
}

jobs::JobEnd sparsity(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                      const datasets::ArrayTask& task, double lock_timeout_s) {
  const SparsityConfig& section = config.section<SparsityConfig>();
  const policies::TrainedPolicy trained =
      policies::open_trained_policy(config, datasets::kSparsity.name, section, communicator.local_rank());
  const jobs::LevelGrid grid = supported_grid(config, trained);
  const auto compute = [&](const datasets::WorkUnit& unit, datasets::ResultShard& shard) {
    datasets::write_columns(sparsity_unit(config, trained, unit), shard);
  };
  return analyses::run_result_job(
      {datasets::kSparsity, jobs::work_units(grid), dump_identity(section), compute}, config, trained,
      communicator, task, lock_timeout_s);
}

jobs::JobInfo sparsity_job() {
  return {datasets::kSparsity,
          "measure how sparse the activations are, and what fewer of them would do",
          "how sparse the activations are, and what fewer of them would do",
          AnySection::of<SparsityConfig>(),
          {},
          /*in_parts=*/false,
          jobs::JobPolicies::of_mazes,
          sparsity,
          estimate_sparsity};
}

}  // namespace mazescan::sparsity
