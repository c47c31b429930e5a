#pragma once
#include <filesystem>

#include "envs/maze/maze_config.h"
#include "envs/maze/planes.h"
#include "envs/maze_state.h"
#include "evaluator/policies/trained_policy.h"
#include "storage/atomic_file.h"

namespace mazescan {

// Returns an untrained policy for a world of 5 x 5 cells.
inline policies::TrainedPolicy small_policy() {
  envs::EnvironmentConfig environment;
  environment.own<maze::MazeConfig>().world_dim = 5;
  environment.own<maze::MazeConfig>().region = 1;
  environment.actions = envs::ActionSet::moves;
  environment.time_limit = 30;
  policy::NetworkConfig network;
  network.channels = {4};
  network.residual_blocks = 1;
  network.fc = 8;
  policy::Network made(network, {maze::kPlanes, 5, 5, 1, envs::kMoves});
  RandomStream random(1, "weights");
  made.initialise(random);
  return {policy::decode_policy(policy::encode_policy(made, dump_config(environment), "{}"), "test"),
          environment};
}

// Writes the policy into a run directory.
inline void write_small_policy(const std::filesystem::path& run) {
  const policies::TrainedPolicy small = small_policy();
  storage::write_atomically(
      run / "policy.safetensors",
      policy::encode_policy(small.policy.network, dump_config(small.environment), "{}"));
}

}  // namespace mazescan
