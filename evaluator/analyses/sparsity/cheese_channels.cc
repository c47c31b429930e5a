#include "evaluator/analyses/sparsity/cheese_channels.h"

#include <torch/types.h>

#include <algorithm>

#include "envs/maze/maze_config.h"
#include "envs/paths.h"
#include "evaluator/rollout/activations.h"
#include "evaluator/rollout/target_map.h"

namespace mazescan::sparsity {

namespace {

// Returns the states on the paths from the start to the cheese, thinned evenly.
std::vector<envs::MazeState> path_states(const std::vector<envs::MazeLevel>& levels) {
  std::vector<envs::MazeState> all, some;
  for (const envs::MazeLevel& level : levels) {
    envs::MazeState state = initial_state(level);
    for (const envs::Cell cell : envs::shortest_path(level, state.mouse, level.cheese)) {
      if (cell == level.cheese) continue;
      state.mouse = cell;
      all.push_back(state);
    }
  }
  const size_t step = (all.size() + kChannelStates - 1) / kChannelStates;
  for (size_t i = 0; i < all.size(); i += step) some.push_back(all[i]);
  return some;
}

}  // namespace

bool shows_cheese(const policies::TrainedPolicy& trained, const policy::LayerSpec& layer) {
  if (layer.shape.size() != 3 || trained.environment.own<maze::MazeConfig>().view != frame::View::world)
    return false;
  for (const policy::LayerSpec& each : trained.policy.network.layers()) {
    if (each.name == layer.name) return true;
    if (each.name == "embedder.fc") break;
  }
  return false;
}

LocatedCheese locate_cheese(const policies::TrainedPolicy& trained,
                            const std::vector<envs::MazeLevel>& levels,
                            const std::vector<policy::LayerSpec>& layers) {
  const policy::Network& network = trained.policy.network;
  const rollout::NetworkAgent agent(network, trained.environment);
  const std::vector<envs::MazeState> with = path_states(levels);
  std::vector<envs::MazeState> without = with;
  for (envs::MazeState& state : without) state.cheese = envs::kNoCell;
  LocatedCheese located{static_cast<int64_t>(with.size()), {}};
  for (size_t l = 0; l < layers.size() && !with.empty(); ++l) {
    if (!shows_cheese(trained, layers[l])) continue;
    const rollout::TargetMap map(trained.environment, network, layers[l].name);
    std::vector<int64_t> cells;
    for (const envs::MazeState& state : with) {
      const rollout::MapCell cell = map.of(*state.level, state.cheese);
      cells.push_back(cell.row * map.width() + cell.column);
    }
    const torch::Tensor at = torch::tensor(cells, torch::kInt64),
                        maps = rollout::tap_outputs(network, agent, with, map.tap()),
                        empty = rollout::tap_outputs(network, agent, without, map.tap()),
                        above = rollout::share_surpassed(maps, at).mean(0),
                        moved = rollout::share_surpassed((maps - empty).abs(), at).mean(0);
    for (int64_t c = 0; c < map.channels(); ++c)
      located.channels.push_back({static_cast<int32_t>(l), static_cast<int32_t>(c), above[c].item<double>(),
                                  moved[c].item<double>()});
  }
  return located;
}

}  // namespace mazescan::sparsity
