#include "evaluator/policies/describe_policy.h"

#include <torch/types.h>

#include "core/json.h"
#include "datasets/result_shard.h"
#include "envs/task.h"

namespace mazescan::policies {

nlohmann::json describe(const TrainedPolicy& trained) {
  const policy::Network& network = trained.policy.network;
  nlohmann::json layers = nlohmann::json::array();
  for (const auto& tap : network.layers()) layers.push_back({{"name", tap.name}, {"shape", tap.shape}});
  const envs::EnvironmentConfig& environment = trained.environment;
  const auto task = make_task(environment);
  nlohmann::json about_environment = {{"name", environment.name()},
                                      {"world_dim", task->world_dim()},
                                      {"sizes", task->sizes()},
                                      {"region", task->region()},
                                      {"goal", task->goal_names().goal},
                                      {"proxy", task->goal_names().proxy},
                                      {"observation", config_name(task->observation_shape().interface)},
                                      {"actions", config_name(environment.actions)},
                                      {"reward", environment.reward},
                                      {"time_limit", environment.time_limit},
                                      {"time_limit_per_size", environment.time_limit_per_size}};
  if (const auto* const maze = environment.own_if<maze::MazeConfig>())
    about_environment["anchor"] = config_name(maze->anchor);
  return {{"hash", trained.policy.hash},
          {"parameters", network.parameters().numel()},
          {"megaflops_forward", network.arithmetic().forward / 1e6},
          {"layers", layers},
          {"training", parse_json(trained.policy.training)},
          {"environment", about_environment}};
}

nlohmann::json policy_attributes(const TrainedPolicy& trained) {
  return {{datasets::kPolicyHash, trained.policy.hash},
          {"policy", describe(trained)},
          {"compute_dtype", trained.compute_dtype}};
}

}  // namespace mazescan::policies
