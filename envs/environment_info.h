#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/config_section.h"
#include "envs/task.h"

namespace mazescan::envs {

// An entry of the table of environments.
struct EnvironmentInfo {
  std::string name;  // in configurations
  std::string help;  // one line
  AnySection keys;   // the keys of this environment only, with their defaults
  std::unique_ptr<const Task> (*make_task)(const EnvironmentConfig& config) = nullptr;
  int time_limit = EpisodeConfig().time_limit;  // default of the key of this name
};

// Returns all environments of this program; the first is the default. envs/registry/ defines the function;
// tests may define their own.
const std::vector<EnvironmentInfo>& environments();

// Returns the environment of this name. Throws UserError if there is none.
const EnvironmentInfo& environment_info(const std::string& name);

}  // namespace mazescan::envs
