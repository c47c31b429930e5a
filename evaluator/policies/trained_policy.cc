#include "evaluator/policies/trained_policy.h"

#include <algorithm>
#include <utility>

#include "envs/maze/maze_environment.h"
#include "policy/device.h"
#include "storage/atomic_file.h"

namespace fs = std::filesystem;

namespace mazescan {

ScannedPolicy load_scanned_policy(const fs::path& path, torch::Device device) {
  Policy policy = decode_policy(read_file(path), path.string(), device);
  auto environment = parse_config<EnvironmentConfig>(policy.environment, path.string() + " (environment)");
  const NetworkInterface& in = policy.network.interface();
  const ObservationShape shape = observation_shape(environment);
  require(in.channels == shape.channels && in.height == shape.height && in.width == shape.width &&
              in.actions == (environment.actions == "procgen" ? kProcgenActions : kMoves),
          path.string() + ": network and environment do not fit", "the file's metadata contradict each other",
          "use an undamaged policy file");
  return {std::move(policy), environment, "float32"};
}

fs::path policy_path(const RunConfig& config, const std::string& named) {
  return named.empty() ? fs::path(config.run) / "policy.safetensors" : fs::path(named);
}

ScannedPolicy open_scanned_policy(const RunConfig& config, const std::string& section,
                                  const PolicyChoice& choice, int local_rank) {
  const torch::Device device = choose_device(section + ".device", choice.device, local_rank);
  ScannedPolicy scanned = load_scanned_policy(policy_path(config, choice.policy), device);
  choose_arithmetic(scanned.policy.network, section + ".arithmetic", choice.arithmetic);
  scanned.arithmetic = choice.arithmetic;
  if (!choice.assets.empty()) scanned.environment.assets = choice.assets;
  return scanned;
}

void check_compatible(const ScannedPolicy& scanned, const std::vector<int>& sizes,
                      const std::vector<std::string>& layers, const std::string& section,
                      const std::string& layers_key) {
  const int world = scanned.environment.world;
  for (const int size : sizes)
    require(
        size <= world, fmt::format("'{}.sizes' holds {}", section, size),
        fmt::format("the policy sees a world of {0} x {0} cells and cannot be shown a larger maze", world),
        fmt::format("sizes up to {}", world));
  std::vector<std::string> names;
  for (const auto& tap : scanned.policy.network.taps()) names.push_back(tap.name);
  for (const std::string& wanted : layers) {
    if (std::find(names.begin(), names.end(), wanted) != names.end()) continue;
    const std::string near = nearest(wanted, names);
    throw UserError(fmt::format("'{}.{}' holds '{}'", section, layers_key, wanted),
                    "the policy has no such layer",
                    near.empty() ? fmt::format("one of {}", fmt::join(names, ", "))
                                 : fmt::format("did you mean '{}'?", near));
  }
}

}  // namespace mazescan
