#include "evaluator/policies/expected_policy.h"

#include <torch/torch.h>

#include "envs/maze/maze_environment.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

// Sections of a configuration that say what will be scanned once it is trained.
struct UntrainedPolicy {
  EnvironmentConfig environment;
  NetworkConfig network;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("environment", environment, "the world");
    visit("network", network, "the policy's network");
    for (const char* section :
         {"run", "seed", "ranks", "train", "scan", "record", "probe", "edit", "trigger", "certify"})
      visit.foreign(section, "not needed here");
  }
};

}  // namespace

ExpectedPolicy expected_policy(const fs::path& path, const RunConfig::Source& source) {
  if (fs::exists(path)) return {load_scanned_policy(path, torch::kCPU), true};
  const auto untrained = load_config<UntrainedPolicy>(source.path, source.overrides);
  const ObservationShape seen = observation_shape(untrained.environment);
  const int actions = untrained.environment.actions == "procgen" ? kProcgenActions : kMoves;
  Network network(untrained.network, {seen.channels, seen.height, seen.width, 1, actions});
  RandomStream random(0, "stand-in");
  network.initialise(random);
  return {{{std::move(network), "", "{}", ""}, untrained.environment, "float32"}, false};
}

}  // namespace mazescan
