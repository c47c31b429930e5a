#include "evaluator/policies/describe_policy.h"

#include <torch/torch.h>

#include "core/build_info.h"
#include "envs/task.h"
#include "storage/hdf5/hdf5.h"
namespace mazescan {

nlohmann::json describe(const ScannedPolicy& scanned) {
  const Network& network = scanned.policy.network;
  nlohmann::json layers = nlohmann::json::array();
  for (const auto& tap : network.layers()) layers.push_back({{"name", tap.name}, {"shape", tap.shape}});
  const EnvironmentConfig& environment = scanned.environment;
  const auto task = make_task(environment);
  nlohmann::json about_environment = {{"name", environment.name()},
                                      {"world_dim", task->world_dim()},
                                      {"region", task->region()},
                                      {"observation", config_name(task->observation_shape().interface)},
                                      {"actions", config_name(environment.actions)},
                                      {"reward", environment.reward},
                                      {"time_limit", environment.time_limit},
                                      {"time_limit_per_size", environment.time_limit_per_size}};
  if (const auto* const maze = environment.own_if<MazeConfig>())
    about_environment["anchor"] = config_name(maze->anchor);
  return {{"hash", scanned.policy.hash},
          {"parameters", network.parameters().numel()},
          {"megaflops_forward", network.arithmetic().forward / 1e6},
          {"layers", layers},
          {"training", nlohmann::json::parse(scanned.policy.training, nullptr, false)},
          {"environment", about_environment}};
}

}  // namespace mazescan
