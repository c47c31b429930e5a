#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/config_section.h"
#include "envs/task.h"

namespace mazescan::envs {

// A line of the table of environments.
struct EnvironmentInfo {
  std::string name;  // in configurations
  std::string help;  // one line
  AnySection keys;   // its own keys, with their defaults
  std::unique_ptr<const Task> (*make_task)(const EnvironmentConfig& config) = nullptr;
};

// All environments of this program; the first is the default. envs/registry/ defines it, tests may define their own.
const std::vector<EnvironmentInfo>& environments();

// Throws UserError if there is none of this name.
const EnvironmentInfo& environment_info(const std::string& name);

}  // namespace mazescan::envs
