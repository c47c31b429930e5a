#include "evaluator/policies/describe_policy.h"

#include <torch/torch.h>

#include "datasets/result_shard.h"

namespace mazescan {

nlohmann::json describe(const ScannedPolicy& scanned) {
  const Network& network = scanned.policy.network;
  nlohmann::json layers = nlohmann::json::array();
  for (const auto& tap : network.taps()) layers.push_back({{"name", tap.name}, {"shape", tap.shape}});
  const EnvironmentConfig& environment = scanned.environment;
  return {{"hash", scanned.policy.hash},
          {"parameters", network.parameters().numel()},
          {"megaflops_forward", network.arithmetic().forward / 1e6},
          {"layers", layers},
          {"training", nlohmann::json::parse(scanned.policy.training, nullptr, false)},
          {"environment",
           {{"game", environment.game},
            {"world", environment.world},
            {"region", environment.region},
            {"anchor", environment.anchor},
            {"observation", environment.observation},
            {"actions", environment.actions},
            {"reward", environment.reward},
            {"time_limit", environment.time_limit},
            {"time_limit_per_size", environment.time_limit_per_size}}}};
}

nlohmann::json policy_attributes(const ScannedPolicy& scanned) {
  return {
      {kPolicyHash, scanned.policy.hash}, {"policy", describe(scanned)}, {"arithmetic", scanned.arithmetic}};
}

}  // namespace mazescan
