#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "envs/environment.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/policy_choice.h"
#include "policy/policy_file.h"

namespace mazescan {

// The policy that a job looks at and the world it was trained in.
struct ScannedPolicy {
  Policy policy;
  EnvironmentConfig environment;
  std::string arithmetic = "float32";  // in which the network computes
};
ScannedPolicy load_scanned_policy(const std::filesystem::path& path, torch::Device device);

// The policy file that a section of the configuration names: `named`, or if empty the run's own.
std::filesystem::path policy_path(const RunConfig& config, const std::string& named);

// The policy of a section of the configuration ("scan"), on the device of this rank and in the arithmetic
// that it asks for, with its pictures where they are now. Throws UserError.
ScannedPolicy open_scanned_policy(const RunConfig& config, const std::string& section,
                                  const PolicyChoice& choice, int local_rank);

// Throws UserError if the policy cannot be shown mazes of these sizes, or has no such layer. section, layers_key:
// the section of the configuration that names them ("scan"), and its key of the layers.
void check_compatible(const ScannedPolicy& scanned, const std::vector<int>& sizes,
                      const std::vector<std::string>& layers, const std::string& section,
                      const std::string& layers_key);

}  // namespace mazescan
