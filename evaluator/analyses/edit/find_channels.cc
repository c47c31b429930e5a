#include "evaluator/analyses/edit/find_channels.h"

#include <torch/types.h>

#include <algorithm>

#include "evaluator/rollout/activations.h"

namespace mazescan::edit {

std::vector<ChannelScore> find_channels(const rollout::TargetMap& map, const rollout::NetworkAgent& agent,
                                        const policy::Network& network, const EditCases& cases,
                                        const std::vector<rollout::MapCell>& targets) {
  const SearchStates states = thinned(search_states(cases, false), kAveragedStates);
  const CheeseStates cheese = cheese_states(cases, states);
  const torch::Tensor with = rollout::tap_outputs(network, agent, cheese.at_target, map.tap());
  const torch::Tensor otherwise = rollout::tap_outputs(network, agent, cheese.otherwise, map.tap());
  std::vector<int64_t> cells;
  for (const int c : states.cases) {
    const rollout::MapCell& target = targets[static_cast<size_t>(c)];
    cells.push_back(target.row * map.width() + target.column);
  }
  const torch::Tensor at = torch::tensor(cells, torch::kInt64);
  const torch::Tensor above = rollout::share_surpassed(with, at).mean(0),
                      moved = rollout::share_surpassed((with - otherwise).abs(), at).mean(0);
  std::vector<ChannelScore> scores;
  for (int64_t channel = 0; channel < map.channels(); ++channel) {
    const double located = above[channel].item<double>();
    scores.push_back(
        {static_cast<int>(channel), std::max(located, 1 - located), moved[channel].item<double>()});
  }
  std::stable_sort(scores.begin(), scores.end(),
                   [](const ChannelScore& a, const ChannelScore& b) { return a.score() > b.score(); });
  return scores;
}

}  // namespace mazescan::edit
