#pragma once
#include <torch/types.h>

#include "envs/maze/maze_config.h"
#include "trainer/config.h"

namespace mazescan {

// Returns a training whose updates take milliseconds.
inline trainer::TrainerConfig tiny_training() {
  trainer::TrainerConfig config;
  config.seed = 3;
  config.environment.own<maze::MazeConfig>().world_dim = 5;
  config.environment.own<maze::MazeConfig>().region = 1;
  config.environment.actions = envs::ActionSet::moves;
  config.environment.time_limit = 5;
  config.network = {{4}, 1, 8, "relu"};
  config.train.steps = 4 * 64;
  config.train.mazes = 8;
  config.train.horizon = 8;
  config.train.partitions = 4;
  config.train.device = "cpu";
  config.train.ppo.epochs = 2;
  config.train.ppo.minibatch = 32;
  config.train.ppo.learning_rate = {1e-2, 1e-3};
  return config;
}

// Returns one with exact advantages: 8 levels an update, 4 updates.
inline trainer::TrainerConfig tiny_exact_training() {
  trainer::TrainerConfig config = tiny_training();
  config.environment.time_limit = 20;
  config.train.advantages = trainer::Advantages::exact;
  config.train.exact.levels = 32;
  config.train.ppo.gamma = 0.9;
  return config;
}

// Returns a network for it whose values and actions differ between states.
inline policy::Network tiny_network(const trainer::TrainerConfig& config) {
  const bool rgb = config.environment.own<maze::MazeConfig>().observation == envs::Interface::rgb;
  const int side = rgb ? 64 : config.environment.own<maze::MazeConfig>().world_dim;
  policy::Network network(config.network, {3, side, side, rgb ? 1 / 255.0 : 1, 5});
  RandomStream random(1, "tiny network");
  for (int64_t i = 0; i < network.parameters().numel(); ++i)
    network.parameters().data_ptr<float>()[i] = (random.uniform() - 0.5F) * 0.6F;
  return network;
}

}  // namespace mazescan
