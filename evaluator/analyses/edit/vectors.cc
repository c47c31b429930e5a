#include "evaluator/analyses/edit/vectors.h"

#include <torch/types.h>

#include <utility>

#include "envs/paths.h"
#include "evaluator/analyses/edit/aligned.h"
#include "evaluator/analyses/edit/config.h"
#include "evaluator/rollout/activations.h"
#include "evaluator/rollout/rollouts.h"
#include "evaluator/rollout/unit_levels.h"

namespace mazescan::edit {

namespace {

std::vector<envs::MazeLevel> vector_levels(const jobs::RunConfig& config,
                                           const policies::TrainedPolicy& trained, int size,
                                           const std::string& placement, datasets::Split split) {
  return rollout::unit_levels(split_levels(config.section<EditConfig>(), split), {size, placement, 0},
                              trained.environment, static_cast<uint64_t>(config.seed));
}

// Returns a tap's mean activations in the first state, over search levels.
torch::Tensor mean_first(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size,
                         const std::string& placement, const std::string& tap) {
  const std::vector<envs::MazeLevel> levels =
      vector_levels(config, trained, size, placement, datasets::Split::train);
  if (levels.empty()) return {};
  std::vector<envs::MazeState> states;
  for (const envs::MazeLevel& level : levels) states.push_back(initial_state(level));
  const rollout::NetworkAgent agent(trained.policy.network, trained.environment);
  return rollout::mean_tap_output(trained.policy.network, agent, states, tap);
}

// States with the mouse on the decision square, and the first moves to the cheese and to the corner.
struct Decisions {
  std::vector<envs::MazeState> states;
  std::vector<size_t> to_cheese, to_corner;  // moves

  void measure(const rollout::Agent& agent, VectorRow& row) const {
    std::vector<float> logits(states.size() * static_cast<size_t>(agent.actions())), values(states.size());
    std::vector<int> episodes;
    for (size_t i = 0; i < states.size(); ++i) episodes.push_back(static_cast<int>(i));
    agent.evaluate(states, episodes, logits.data(), values.data());
    const auto moves =
        move_probabilities(agent, {logits.data(), static_cast<int64_t>(states.size()), agent.actions()});
    for (size_t i = 0; i < states.size(); ++i) {
      row.to_cheese.push_back(moves[i][to_cheese[i]]);
      row.to_corner.push_back(moves[i][to_corner[i]]);
    }
  }
};

}  // namespace

VectorsResult vectors_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size) {
  const policy::Network& network = trained.policy.network;
  const std::vector<envs::MazeLevel> levels =
      vector_levels(config, trained, size, "uniform", datasets::Split::test);
  Decisions decisions;
  VectorsResult result;
  std::vector<envs::MazeState> with, without;
  for (const envs::MazeLevel& level : levels) {
    const envs::Cell square = envs::decision_square(level, level.cheese);
    if (square == envs::kNoCell) continue;
    const auto move = [&](envs::Cell target) {
      return static_cast<size_t>(envs::optimal_policy(level, target)[level.index(square)]);
    };
    decisions.states.push_back(rollout::with_mouse(initial_state(level), {square}));
    decisions.to_cheese.push_back(move(level.cheese));
    decisions.to_corner.push_back(move(level.top_right()));
    result.levels.push_back({level.seed});
    with.push_back(initial_state(level));
    without.push_back(initial_state(level));
    without.back().cheese = envs::kNoCell;
  }
  result.without_decision = static_cast<int64_t>(levels.size() - result.levels.size());
  const auto add = [&](const std::string& name, const std::string& tap, double coefficient,
                       const rollout::EditRule& rule) {
    const rollout::NetworkAgent agent(network, trained.environment, rule);
    VectorRow row{{name, tap, coefficient, {}}, {}, {}};
    if (rule) row.facts.share = policy::edited_share(network, rule({with[0]}, {0})).of_network;
    decisions.measure(agent, row);
    result.rows.push_back(std::move(row));
  };
  if (!decisions.states.empty()) {
    const rollout::NetworkAgent plain(network, trained.environment);
    add(kNoEdit, "", 0, nullptr);
    for (const std::string& tap : config.section<EditConfig>().layers) {
      const torch::Tensor own = rollout::tap_outputs(network, plain, with, tap) -
                                rollout::tap_outputs(network, plain, without, tap);
      add("cheese", tap, -1, [&](const auto&, const std::vector<int>& episodes) -> std::vector<policy::Edit> {
        const std::vector<int64_t> items(episodes.begin(), episodes.end());
        return {{tap, policy::AddVector{own.index_select(0, torch::tensor(items, torch::kInt64)), -1}}};
      });
      for (const std::string& name : config.section<EditConfig>().vectors) {
        const auto [a, b] = difference_of(name);
        const torch::Tensor first = mean_first(config, trained, size, a, tap);
        const torch::Tensor second = mean_first(config, trained, size, b, tap);
        if (!first.defined() || !second.defined()) continue;  // a placement that this maze size does not have
        for (const double coefficient : {1.0, -1.0})
          add(name, tap, coefficient,
              [&, coefficient](const auto&, const auto&) -> std::vector<policy::Edit> {
                return {{tap, policy::AddVector{first - second, coefficient}}};
              });
      }
    }
  }
  return result;
}

}  // namespace mazescan::edit
