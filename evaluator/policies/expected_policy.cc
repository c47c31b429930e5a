#include "evaluator/policies/expected_policy.h"

#include <torch/types.h>

#include "datasets/sections.h"
#include "envs/environment.h"

namespace fs = std::filesystem;

namespace mazescan::policies {

namespace {

// Sections of a configuration that describe the policy before it is trained.
struct UntrainedPolicy {
  envs::EnvironmentConfig environment;
  policy::NetworkConfig network;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("environment", environment, "the world");
    visit("network", network, "the policy's network");
    visit.foreign(datasets::all_sections());
  }
};

}  // namespace

ExpectedPolicy expected_policy(const fs::path& path, const jobs::RunConfig::Source& source) {
  if (fs::exists(path)) return {load_trained_policy(path, torch::kCPU), true};
  const auto untrained = load_config<UntrainedPolicy>(source.path, source.overrides);
  policy::Network network(untrained.network, network_interface(untrained.environment));
  RandomStream random(0, "stand-in");
  network.initialise(random);
  return {{{std::move(network), "", "{}", ""}, untrained.environment, "float32"}, false};
}

ExpectedPolicy dry_run_policy(const fs::path& path, const jobs::RunConfig::Source& source) {
  ExpectedPolicy policy = expected_policy(path, source);
  make_state_observer(policy.trained.environment);
  return policy;
}

}  // namespace mazescan::policies
