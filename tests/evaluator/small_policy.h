#pragma once
#include "envs/maze/maze_config.h"
#include "envs/maze/planes.h"
#include "envs/maze_state.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan {

// Untrained, of a world of 5 x 5 cells.
inline TrainedPolicy small_policy() {
  EnvironmentConfig environment;
  environment.own<MazeConfig>().world_dim = 5;
  environment.own<MazeConfig>().region = 1;
  environment.actions = ActionSet::moves;
  environment.time_limit = 30;
  NetworkConfig network;
  network.channels = {4};
  network.residual_blocks = 1;
  network.fc = 8;
  Network made(network, {kPlanes, 5, 5, 1, kMoves});
  RandomStream random(1, "weights");
  made.initialise(random);
  return {decode_policy(encode_policy(made, dump_config(environment), "{}"), "test"), environment};
}

}  // namespace mazescan
