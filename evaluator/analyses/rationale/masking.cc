#include "evaluator/analyses/rationale/masking.h"

#include <utility>

#include "core/error.h"
#include "envs/maze/planes.h"

namespace mazescan::rationale {

envs::MazeState StatePool::draw(RandomStream& random, const envs::MazeLevel* except) const {
  expect(levels_.size() >= 2, "two levels to draw from");
  size_t chosen = 0;
  do chosen = random.below(static_cast<uint32_t>(levels_.size()));
  while (&levels_[chosen] == except);
  return with_drawn_mouse(levels_[chosen], random);
}

envs::MazeState with_drawn_mouse(const envs::MazeLevel& level, RandomStream& random) {
  std::vector<envs::Cell> cells;
  for (const envs::Cell cell : open_cells(level))
    if (cell != level.cheese && cell != level.top_right()) cells.push_back(cell);
  envs::MazeState state = initial_state(level);
  state.mouse = cells[random.below(static_cast<uint32_t>(cells.size()))];
  return state;
}

MaskedStates::MaskedStates(const rollout::NetworkAgent& agent, const policy::Network& network,
                           const std::vector<envs::MazeState>& states,
                           const std::vector<envs::MazeState>& other_states) {
  const auto observed = [&](const std::vector<envs::MazeState>& some) {
    return network.preprocess(agent.observe(some).to(network.parameters().device()));
  };
  planes = observed(states);
  others = observed(other_states);
}

torch::Tensor MaskedStates::seen(const torch::Tensor& mask, const MazeWindow& window) const {
  torch::Tensor amounts = torch::zeros({mask.size(0), 1, planes.size(2), planes.size(3)}, planes.options());
  window.of(amounts).copy_(mask.unsqueeze(1));
  const torch::Tensor own = amounts * planes;
  // How much of the state's own mouse and cheese is not seen; the first plane, the free cells, is always filled.
  torch::Tensor missing = 1 - own.sum({2, 3}, true);
  missing = torch::cat({torch::ones_like(missing.slice(1, 0, 1)), missing.slice(1, 1, maze::kPlanes)}, 1);
  return own + (1 - amounts) * others * missing;
}

}  // namespace mazescan::rationale
