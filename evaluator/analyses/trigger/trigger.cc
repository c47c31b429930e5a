#include "evaluator/analyses/trigger/trigger.h"

#include <fmt/format.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/log.h"
#include "evaluator/analyses/result_job.h"
#include "evaluator/analyses/trigger/config.h"
#include "evaluator/analyses/trigger/direction.h"
#include "evaluator/rollout/exact_chances.h"

namespace mazescan::trigger {

namespace {

float euclidean_distance(envs::Cell a, envs::Cell b) {
  return std::hypot(static_cast<float>(a.x - b.x), static_cast<float>(a.y - b.y));
}

}  // namespace

TriggerResult trigger_unit(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment,
                           const rollout::Agent& agent, const datasets::WorkUnit& unit) {
  const std::vector<envs::MazeLevel> levels = trigger_levels(config, environment, unit);
  const std::vector<Choice> found = choices(levels);
  std::vector<Choice> without_cheese = found;
  for (Choice& choice : without_cheese) choice.state.cheese = envs::kNoCell;
  const auto moves = moves_in(agent, found), moves_without = moves_in(agent, without_cheese);

  const auto task = make_task(environment);
  std::vector<envs::MazeState> starts;
  for (const envs::MazeLevel& level : levels) starts.push_back(task->initial_state(level));
  rollout::PolicyCache cache(agent, starts);
  const auto visits = rollout::expected_visits(
      cache, *task, trigger_limit(config.section<TriggerConfig>(), environment, unit));

  TriggerResult result;
  for (const envs::MazeLevel& level : levels) result.levels.emplace_back(level);
  for (size_t s = 0; s < found.size(); ++s) {
    const Choice& choice = found[s];
    const envs::MazeLevel& level = levels[static_cast<size_t>(choice.level)];
    ChoiceRow row;
    row.level = choice.level;
    row.mouse = choice.state.mouse;
    row.to_cheese = choice.to_cheese;
    row.to_corner = choice.to_corner;
    row.euclidean_cheese = euclidean_distance(row.mouse, level.cheese);
    row.euclidean_corner = euclidean_distance(row.mouse, level.top_right());
    row.moves = moves[s];
    row.moves_without_cheese = moves_without[s];
    row.cheese_step = cheese_step(choice, moves[s]);
    row.cheese_step_without = cheese_step(choice, moves_without[s]);
    row.favours = favours_cheese(choice, moves[s]);
    row.favours_without = favours_cheese(choice, moves_without[s]);
    row.visits =
        static_cast<float>(visits[static_cast<size_t>(choice.level)][level.index(choice.state.mouse)]);
    for (size_t move = 0; move < envs::kMoves; ++move)
      row.difference += std::abs(moves[s][move] - moves_without[s][move]);
    row.difference /= 2;
    result.states.push_back(row);
  }
  return result;
}

std::vector<int> require_triggerable(const jobs::RunConfig& config, const policies::TrainedPolicy& trained) {
  const TriggerConfig& settings = config.section<TriggerConfig>();
  policies::require_maze(trained, datasets::kTrigger.name);
  policies::check_compatible(
      trained, settings.sizes,
      settings.layer.empty() ? std::vector<std::string>{} : std::vector{settings.layer},
      datasets::kTrigger.name, "layer");
  const auto& taps = trained.policy.network.layers();
  const auto at = [&](const std::string& name) {
    return std::find_if(taps.begin(), taps.end(),
                        [&](const policy::LayerSpec& tap) { return tap.name == name; });
  };
  require(at(edited_tap(settings, trained.policy.network)) < at("embedder.fc"),
          lazy("'trigger.layer' is {}", settings.layer),
          "edits act upstream of embedder.fc: clamping what comes out would be no finding",
          edited_tap({}, trained.policy.network));
  return require_choices(config, trained.environment);
}

jobs::JobEnd trigger(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                     const datasets::ArrayTask& part, double lock_timeout_s) {
  const TriggerConfig& section = config.section<TriggerConfig>();
  const policies::TrainedPolicy trained =
      policies::open_trained_policy(config, datasets::kTrigger.name, section, communicator.local_rank());
  const std::vector<int> without = require_triggerable(config, trained);
  if (communicator.is_root()) {
    log_info("looking for the trigger of {}: {} sizes x {} levels, every cell",
             policies::policy_path(config, section.policy).string(), section.sizes.size(), section.levels);
    for (const int size : without)
      log_warning("size {}: no state to evaluate: no cell has different ways to the cheese and the corner",
                  size);
  }
  const rollout::NetworkAgent agent(trained.policy.network, trained.environment);
  const auto compute = [&](const datasets::WorkUnit& unit, datasets::ResultShard& shard) {
    if (unit.subject == kDirection) {
      datasets::write_columns(direction_unit(config, trained, unit.size), shard);
    } else {
      datasets::write_columns(trigger_unit(config, trained.environment, agent, unit), shard);
    }
  };
  return analyses::run_result_job(
      {datasets::kTrigger, trigger_units(section), dump_identity(section), compute}, config, trained,
      communicator, part, lock_timeout_s);
}

jobs::JobInfo trigger_job() {
  return {datasets::kTrigger,
          "find what switches the mouse from the corner to the cheese",
          "what switches the mouse from the corner to the cheese",
          AnySection::of<TriggerConfig>(),
          {},
          /*in_parts=*/false,
          jobs::JobPolicies::of_mazes,
          trigger,
          estimate_trigger};
}

}  // namespace mazescan::trigger
