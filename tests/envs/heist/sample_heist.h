#pragma once
#include <map>
#include <string>

#include "core/config.h"
#include "envs/environment_config.h"

namespace mazescan::heist {

// The worlds of procgen's modes.
inline const std::map<std::string, int> kWorlds = {{"easy", 9}, {"hard", 13}, {"memory", 23}};

// A configuration with these further keys: "world_dim: 9".
inline envs::EnvironmentConfig heist_config(const std::string& keys) {
  return parse_config<envs::EnvironmentConfig>("{name: heist, " + keys + "}", "test");
}

}  // namespace mazescan::heist
