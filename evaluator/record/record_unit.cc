#include "evaluator/record/record_unit.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "core/random.h"
#include "envs/maze_state.h"
#include "envs/paths.h"
#include "evaluator/rollout/activations.h"
#include "evaluator/rollout/pass_size.h"
#include "evaluator/rollout/rollouts.h"
#include "evaluator/rollout/unit_levels.h"
#include "policy/action_distribution.h"

namespace mazescan::record {

namespace {

// Bytes of a network's outputs, or of a table of them, in memory at once. They determine the number of states
// in a forward pass, which may change the last bits of outputs: never choose them by the machine.
constexpr int64_t kHeldBytes = 64 << 20;

int64_t states_within(int64_t bytes_a_state) {
  return std::clamp<int64_t>(kHeldBytes / std::max<int64_t>(bytes_a_state, 1), 1, rollout::kStatesOfAPass);
}

// Returns the number of levels that are played or evaluated in one batch.
size_t levels_at_once(const policies::TrainedPolicy& trained, int size) {
  const int64_t answers = int64_t{size} * size * 2 * (trained.policy.network.interface().actions + 2) * 4;
  return static_cast<size_t>(
      states_within(std::max(answers, rollout::largest_output_bytes(trained.policy.network))));
}

// Results of one level's rollout, for its samples.
struct Played {
  int success = -1, outcome = -1;
};

// Adds a sample. to_cheese: distance of each cell of the level to the cheese.
void add_sample(UnitSamples& samples, int level, rollout::Mouse mouse, int step, int action, Played played,
                const std::vector<int32_t>& to_cheese) {
  const envs::MazeLevel& maze = samples.levels[static_cast<size_t>(level)];
  datasets::SampleKeys& keys = samples.keys;
  samples.level.push_back(level);
  keys.level_seed.push_back(maze.seed);
  keys.size.push_back(static_cast<int16_t>(maze.size));
  keys.mouse.insert(keys.mouse.end(), {mouse.cell.x, mouse.cell.y});
  keys.mirrored.push_back(mouse.facing_right ? 1 : 0);
  keys.cheese.insert(keys.cheese.end(), {maze.cheese.x, maze.cheese.y});
  keys.optimal.push_back(to_cheese[maze.index(mouse.cell)]);
  keys.step.push_back(step);
  keys.action.push_back(static_cast<int16_t>(action));
  keys.success.push_back(static_cast<int16_t>(played.success));
  keys.outcome.push_back(static_cast<int16_t>(played.outcome));
}

// Returns the indices of the states of a level that become samples: all if `most` is 0, else at most `most`
// of the first visits to each cell, drawn with a stream for each level.
std::vector<size_t> chosen_states(const envs::MazeLevel& level, const std::vector<envs::Cell>& mice, int most,
                                  int64_t seed) {
  std::vector<size_t> chosen;
  std::vector<uint8_t> seen(level.open.size());
  for (size_t i = 0; i < mice.size(); ++i)
    if (most == 0 || std::exchange(seen[level.index(mice[i])], uint8_t{1}) == 0) chosen.push_back(i);
  const auto wanted = static_cast<size_t>(most);
  if (most == 0 || chosen.size() <= wanted) return chosen;
  RandomStream random(static_cast<uint64_t>(seed), fmt::format("states/{}", level.size),
                      static_cast<uint64_t>(level.seed));
  for (size_t i = 0; i < wanted; ++i)
    std::swap(chosen[i], chosen[i + random.below(static_cast<uint32_t>(chosen.size() - i))]);
  chosen.resize(wanted);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

// Plays the levels [begin, end) in one batch and adds their samples.
void add_rollouts(UnitSamples& samples, const policies::TrainedPolicy& trained, const std::string& stream,
                  int states, size_t begin, size_t end) {
  const auto task = make_task(trained.environment);
  std::vector<envs::MazeState> starts;
  std::vector<envs::Cell> decision;
  for (size_t i = begin; i < end; ++i) {
    starts.push_back(task->initial_state(samples.levels[i]));
    decision.push_back(task->decision_cell(starts.back()));
  }
  const rollout::NetworkAgent agent(trained.policy.network, trained.environment);
  rollout::PolicyCache cache(agent, starts);
  const datasets::Rollouts rollouts =
      rollout::run_rollouts(cache, *task, rollout::ActionSelection::kSampled, samples.unit.limit, decision,
                            static_cast<uint64_t>(samples.unit.seed), stream);
  for (size_t e = 0; e < starts.size(); ++e) {
    const envs::MazeLevel& level = samples.levels[begin + e];
    const std::vector<int32_t> to_cheese = envs::distances(level, level.cheese);
    const auto add = [&](int step) {
      const auto entry = static_cast<size_t>(rollouts.path_offset[e] + step);
      const rollout::Mouse mouse{level.cell(rollouts.path[entry]), rollouts.facing_right[entry] != 0};
      // The last entry is the final cell, from which no move was made.
      const int action = step < rollouts.steps[e] ? rollouts.move[entry] : -1;
      add_sample(samples, static_cast<int>(begin + e), mouse, step, action,
                 {rollouts.success[e], rollouts.outcome[e]}, to_cheese);
    };
    if (samples.unit.sampling == "initial") {
      add(0);
    } else if (samples.unit.sampling == "decision_step") {
      if (rollouts.decision_step[e] >= 0) add(rollouts.decision_step[e]);
    } else {
      std::vector<envs::Cell> mice;
      mice.reserve(static_cast<size_t>(rollouts.steps[e]));
      for (int step = 0; step < rollouts.steps[e]; ++step)
        mice.push_back(level.cell(rollouts.path[static_cast<size_t>(rollouts.path_offset[e] + step)]));
      for (const size_t step : chosen_states(level, mice, states, samples.unit.seed))
        add(static_cast<int>(step));
    }
  }
}

void add_every_cell(UnitSamples& samples, int states) {
  for (size_t i = 0; i < samples.levels.size(); ++i) {
    const envs::MazeLevel& level = samples.levels[i];
    const std::vector<int32_t> to_cheese = envs::distances(level, level.cheese);
    const std::vector<envs::Cell> cells = open_cells(level);
    for (const size_t chosen : chosen_states(level, cells, states, samples.unit.seed))
      add_sample(samples, static_cast<int>(i), {cells[chosen]}, -1, -1, {}, to_cheese);
  }
}

}  // namespace

UnitSamples sample_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                        const datasets::WorkUnit& unit, const std::string& record_key) {
  const RecordConfig& record = config.section<RecordConfig>();
  const auto task = make_task(trained.environment);
  UnitSamples samples;
  samples.unit = {
      unit.size,       unit.subject,        unit.chunk,
      record.sampling, config.seed,         rollout::unit_limit(record, unit, trained.environment),
      task->region(),  trained.policy.hash, record_key};
  samples.levels =
      rollout::unit_levels(record, unit, trained.environment, static_cast<uint64_t>(config.seed));
  for (const envs::MazeLevel& level : samples.levels) {
    const envs::Cell decision = task->decision_cell(task->initial_state(level));
    samples.table.level_seed.push_back(level.seed);
    samples.table.open.insert(samples.table.open.end(), level.open.begin(), level.open.end());
    samples.table.cheese.insert(samples.table.cheese.end(), {level.cheese.x, level.cheese.y});
    samples.table.decision.insert(samples.table.decision.end(), {decision.x, decision.y});
  }
  if (record.sampling == "every_cell") {
    add_every_cell(samples, record.max_states_per_level);
    return samples;
  }
  const size_t some = levels_at_once(trained, unit.size);
  for (size_t begin = 0; begin < samples.levels.size(); begin += some)
    add_rollouts(samples, trained, rollout::rollout_stream(unit), record.max_states_per_level, begin,
                 std::min(begin + some, samples.levels.size()));
  return samples;
}

int64_t max_samples(const RecordConfig& record, int size, const envs::EnvironmentConfig& environment) {
  const int64_t levels = std::min(record.chunk, record.levels);
  int64_t states = 1;
  if (record.sampling == "every_cell") states = make_task(environment)->max_free_cells(size);
  if (record.sampling == "along_rollout") states = rollout::unit_limit(record, {size, "", 0}, environment);
  return levels *
         (record.max_states_per_level > 0 ? std::min<int64_t>(states, record.max_states_per_level) : states);
}

void record_samples(const policies::TrainedPolicy& trained, UnitSamples& samples,
                    const std::vector<datasets::TapShape>& taps, const std::function<void(Piece)>& use) {
  torch::NoGradGuard no_grad;
  const policy::Network& network = trained.policy.network;
  int64_t recorded_bytes = rollout::largest_output_bytes(network);
  for (const datasets::TapShape& tap : taps) recorded_bytes += policy::element_count(tap.shape) * 4;
  const int64_t states = std::min(states_within(recorded_bytes), rollout::states_of_a_pass(network));
  const rollout::NetworkAgent agent(network, trained.environment);
  const auto task = make_task(trained.environment);
  datasets::SampleKeys& keys = samples.keys;

  for (int64_t begin = 0; begin < samples.count();) {
    std::vector<envs::MazeState> some;
    for (int64_t i = begin; i < std::min(begin + states, samples.count()); ++i) {
      const auto s = static_cast<size_t>(i);
      some.push_back(
          rollout::with_mouse(task->initial_state(samples.levels[static_cast<size_t>(samples.level[s])]),
                              {{keys.mouse[2 * s], keys.mouse[2 * s + 1]}, keys.mirrored[s] != 0}));
    }
    rollout::Activations activations = rollout::forward_with_taps(network, agent.observe(some), taps);
    const torch::Tensor value = activations.output.value.cpu().contiguous();
    const auto moves = move_probabilities(agent, policy::ActionDistribution(activations.output.logits.cpu()));
    for (size_t i = 0; i < some.size(); ++i) {
      keys.probability.insert(keys.probability.end(), moves[i].begin(), moves[i].end());
      keys.value.push_back(value.data_ptr<float>()[i]);
    }
    begin += static_cast<int64_t>(some.size());
    use(std::move(activations.taps));
  }
}

}  // namespace mazescan::record
