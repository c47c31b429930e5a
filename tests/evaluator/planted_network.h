#pragma once
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "envs/maze/maze_config.h"
#include "envs/maze/planes.h"
#include "envs/paths.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/agent.h"

// Defines a hand-made network, for which the effect of edits is known: one channel of embedder.block1.conv
// represents the cheese, no other does, and the mouse goes to the cheese by the shortest path. It waits if
// there are two cheeses or none.
namespace mazescan {

// Uses mazes of size 3 in the middle of a 5 x 5 world: there max-pooling keeps one cheese and two cheeses
// distinguishable.
struct PlantedNetwork {
  static constexpr int kSize = 3, kWorld = 5;
  static constexpr int kChannels = 8, kCheese = 5;  // channels of the map, and the one with the cheese
  static constexpr const char* kTap = "embedder.block1.conv";
  // Recorded activations: conv, maxpool, fc, two heads.
  static constexpr int kActivations = kChannels * 25 + kChannels * 9 + 1024 + envs::kMoves + 1;
};

// Returns each of the four mazes of size 3 once, without cheese.
inline std::vector<envs::MazeLevel> planted_levels(const envs::EnvironmentConfig& environment) {
  std::vector<envs::MazeLevel> levels;
  for (int32_t seed = 0; levels.size() < 4; ++seed) {
    envs::MazeLevel level = maze::generate_level(maze::level_options(environment.own<maze::MazeConfig>()),
                                                 seed, PlantedNetwork::kSize);
    level.cheese = envs::kNoCell;
    bool known = false;
    for (const envs::MazeLevel& other : levels) known = known || other.open == level.open;
    if (!known) levels.push_back(level);
  }
  return levels;
}

inline policies::TrainedPolicy planted_network() {
  using Planted = PlantedNetwork;
  torch::NoGradGuard no_grad;
  envs::EnvironmentConfig environment;
  environment.own<maze::MazeConfig>().world_dim = Planted::kWorld;
  environment.own<maze::MazeConfig>().region = 1;
  environment.actions = envs::ActionSet::moves;
  environment.time_limit = 30;
  policy::NetworkConfig config;
  config.channels = {Planted::kChannels};
  config.residual_blocks = 0;
  config.fc = 1024;
  policy::Network network(config, {maze::kPlanes, Planted::kWorld, Planted::kWorld, 1, envs::kMoves});
  const auto parameter = [&](const std::string& name) {
    for (size_t i = 0; i < network.layout().size(); ++i)
      if (network.layout()[i].name == name) return network.parameter(i);
    throw InternalError("no parameter " + name);
  };
  RandomStream random(1, "planted network");
  network.initialise(random);

  // Channels of the map: corridors along a row and along a column, free cells, the mouse twice, the cheese.
  torch::Tensor kernels = torch::zeros_like(parameter("embedder.block1.conv.weight"));
  torch::Tensor biases = torch::zeros_like(parameter("embedder.block1.conv.bias"));
  const auto reads = [&](int channel, int plane, int row, int column) {
    kernels.index_put_({channel, plane, row, column}, 1);
  };
  for (const int channel : {0, 4}) {
    reads(channel, 0, 1, 1);
    biases.index_put_({channel}, -1);
  }
  reads(0, 0, 1, 2);
  reads(4, 0, 2, 1);
  reads(1, 0, 1, 1);
  reads(2, 1, 1, 1);
  reads(6, 1, 1, 1);
  reads(Planted::kCheese, 2, 1, 1);
  parameter("embedder.block1.conv.weight").copy_(kernels);
  parameter("embedder.block1.conv.bias").copy_(biases);
  torch::Tensor shifts = parameter("embedder.fc.bias");
  for (int64_t i = 0; i < shifts.numel(); ++i) shifts.data_ptr<float>()[i] = random.uniform() - 0.5F;

  // Collect every state with no, one or two cheeses, and the correct move there.
  const std::vector<envs::MazeLevel> levels = planted_levels(environment);
  const rollout::NetworkAgent eyes(network, environment);
  std::vector<torch::Tensor> seen;
  std::vector<int64_t> right;
  for (const envs::MazeLevel& level : levels) {
    const std::vector<envs::Cell> cells = open_cells(level);
    for (const envs::Cell mouse : cells) {
      const auto with = [&](envs::Cell cheese) {
        envs::MazeState state = initial_state(level);
        state.mouse = mouse;
        state.cheese = cheese;
        return eyes.observe({state})[0];
      };
      seen.push_back(with(envs::kNoCell));
      right.push_back(static_cast<int64_t>(envs::Move::noop));
      for (size_t a = 0; a < cells.size(); ++a) {
        if (cells[a] == mouse) continue;
        seen.push_back(with(cells[a]));
        right.push_back(static_cast<int64_t>(envs::optimal_policy(level, cells[a])[level.index(mouse)]));
        for (size_t b = 0; b < a; ++b) {
          const bool beside = std::abs(cells[a].x - cells[b].x) + std::abs(cells[a].y - cells[b].y) == 1;
          if (beside || cells[b] == mouse) continue;  // pooling merges an edge cell with the corner
          seen.push_back(torch::max(with(cells[a]), with(cells[b])));
          right.push_back(static_cast<int64_t>(envs::Move::noop));
        }
      }
    }
  }
  torch::Tensor features;
  network.forward(torch::stack(seen), [&](const std::string& tap, torch::Tensor output) {
    if (tap == "embedder.relufc") features = output.to(torch::kFloat64);
    return output;
  });
  // Fit the policy head by ridge regression: 10 for the correct move, 0 for the others.
  const torch::Tensor wanted = 10 * torch::one_hot(torch::tensor(right), envs::kMoves).to(torch::kFloat64);
  const torch::Tensor gram =
      features.t().matmul(features) + 1e-4 * torch::eye(features.size(1), torch::kFloat64);
  const torch::Tensor weights = torch::linalg_solve(gram, features.t().matmul(wanted));
  parameter("fc_policy.weight").copy_(weights.t());
  parameter("fc_policy.bias").zero_();
  return {policy::decode_policy(policy::encode_policy(network, dump_config(environment), "{}"), "planted"),
          environment};
}

}  // namespace mazescan
