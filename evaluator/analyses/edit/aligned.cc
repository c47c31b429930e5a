#include "evaluator/analyses/edit/aligned.h"

#include <torch/types.h>

#include <algorithm>

#include "envs/maze_state.h"
#include "envs/paths.h"
#include "evaluator/rollout/activations.h"
#include "evaluator/rollout/rollouts.h"

namespace mazescan::edit {

SearchStates search_states(const EditCases& cases, bool everywhere) {
  SearchStates out;
  const std::vector<envs::MazeState> episodes = cases.episodes();
  for (size_t c = 0; c < cases.cases.size(); ++c) {
    const envs::MazeLevel& level = *episodes[c].level;
    const envs::Cell target = cases.cases[c].target;
    const std::vector<envs::Move> best = envs::optimal_policy(level, target);
    for (const envs::Cell cell :
         everywhere ? open_cells(level) : envs::shortest_path(level, episodes[c].mouse, target)) {
      const envs::Move move = best[level.index(cell)];
      const bool over_cheese = level.cheese != target && on_path(level, level.cheese, cell, target);
      if (move == envs::Move::noop || over_cheese) continue;
      out.states.push_back(rollout::with_mouse(episodes[c], {cell}));
      out.cases.push_back(static_cast<int>(c));
      out.moves.push_back(move);
    }
  }
  return out;
}

SearchStates thinned(const SearchStates& states, size_t most) {
  SearchStates out;
  const size_t step = (states.states.size() + most - 1) / most;
  for (size_t i = 0; i < states.states.size(); i += step) {
    out.states.push_back(states.states[i]);
    out.cases.push_back(states.cases[i]);
    out.moves.push_back(states.moves[i]);
  }
  return out;
}

CheeseStates cheese_states(const EditCases& cases, const SearchStates& states) {
  CheeseStates out{states.states, states.states};
  for (size_t i = 0; i < states.states.size(); ++i) {
    const envs::Cell target = cases.cases[static_cast<size_t>(states.cases[i])].target;
    out.at_target[i].cheese = target;
    if (states.states[i].cheese == target) out.otherwise[i].cheese = envs::kNoCell;
  }
  return out;
}

AlignedActivations align_activations(const rollout::TargetMap& map, const rollout::NetworkAgent& agent,
                                     const policy::Network& network, const EditCases& cases,
                                     const std::vector<rollout::MapCell>& targets) {
  const SearchStates states = thinned(search_states(cases, false), kAveragedStates);
  const CheeseStates cheese = cheese_states(cases, states);
  const torch::Tensor with = rollout::tap_outputs(network, agent, cheese.at_target, map.tap());
  const torch::Tensor otherwise = rollout::tap_outputs(network, agent, cheese.otherwise, map.tap());
  std::vector<int64_t> shape = map.offsets();
  shape.insert(shape.begin(), map.phases());
  torch::Tensor sums = torch::zeros(shape, torch::kFloat64), differences = torch::zeros_like(sums);
  torch::Tensor counts = torch::zeros({map.phases(), 1, shape[2], shape[3]}, torch::kFloat64);
  for (size_t i = 0; i < states.states.size(); ++i) {
    const rollout::MapCell target = targets[static_cast<size_t>(states.cases[i])];
    const auto item = static_cast<int64_t>(i);
    map.on_map(sums[target.phase], target) += with[item];
    map.on_map(differences[target.phase], target) += with[item] - otherwise[item];
    map.on_map(counts[target.phase], target) += 1;
  }
  // Fills a phase that no target had at some offset with the mean of all others there.
  const auto means = [&](const torch::Tensor& total) {
    const torch::Tensor own = total / counts.clamp_min(1);
    const torch::Tensor all = total.sum(0, true) / counts.sum(0, true).clamp_min(1);
    return torch::where(counts > 0, own, all).to(torch::kFloat32);
  };
  return {means(sums), means(differences)};
}

}  // namespace mazescan::edit
