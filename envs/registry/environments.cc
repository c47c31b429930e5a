#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "envs/environment.h"
#include "envs/maze/maze_environment.h"
#include "envs/maze/observer.h"

namespace mazescan {

void EnvironmentConfig::validate() const {
  require(view == "world" || observation == "rgb", "environment.view: mouse",
          "planes always show the whole world", "view: world, or observation: rgb");
  require(look != "procgen" || observation != "rgb" || !assets.empty(), "environment.look: procgen",
          "procgen's pictures do not come with mazescan",
          "assets: the folder procgen/data/assets of an installed procgen package");
  require(world % 2 == 1, fmt::format("environment.world: {}", world), "a world has an odd side",
          "an odd number from 3 to 101");
  require(region <= world, fmt::format("environment.region: {} in a world of {}", region, world),
          "the cheese's region lies in the world", fmt::format("a number from 0 to {}", world));
  require(std::isfinite(reward), fmt::format("environment.reward: {}", reward), "a reward is a finite number",
          "10, as in procgen");
  constexpr int64_t kSeeds = std::numeric_limits<int32_t>::max();
  require(levels >= 0 && start_level >= 0 && levels <= kSeeds && start_level <= kSeeds - levels,
          fmt::format("environment.levels: {} from start_level {}", levels, start_level),
          fmt::format("level seeds run from 0 to {}", kSeeds - 1), "a range within it, or levels: 0 for all");
}

std::unique_ptr<Environment> make_environment(const EnvironmentConfig& config,
                                              uint32_t level_generator_seed) {
  config.validate();
  return std::make_unique<MazeEnvironment>(config, level_generator_seed);
}

std::unique_ptr<StateObserver> make_state_observer(const EnvironmentConfig& config) {
  config.validate();
  return std::make_unique<MazeStateObserver>(config);
}

}  // namespace mazescan
