#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "envs/environment.h"
#include "envs/maze/maze_config.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/policy_choice.h"
#include "policy/policy_file.h"

namespace mazescan::policies {

// The policy that a job evaluates and the environment that it was trained in.
struct TrainedPolicy {
  policy::Policy policy;
  envs::EnvironmentConfig environment;
  std::string compute_dtype = "float32";  // in which the network computes
};
TrainedPolicy load_trained_policy(const std::filesystem::path& path, torch::Device device);

// The policy file that a section of the configuration names: `named`, or if empty the run's own.
std::filesystem::path policy_path(const jobs::RunConfig& config, const std::string& named);

// The policy of a section of the configuration ("scan"), on the device of this rank and in the arithmetic
// that it asks for, with its pictures where they are now. Throws UserError.
TrainedPolicy open_trained_policy(const jobs::RunConfig& config, const std::string& section,
                                  const PolicyChoice& choice, int local_rank);

// Returns what a network for this environment reads and writes.
policy::NetworkInterface network_interface(const envs::EnvironmentConfig& environment);

// Returns the keys of the maze in which the policy was trained. Throws UserError if it was trained in another environment.
// Every job that works only on mazes calls this. job: "edit".
const maze::MazeConfig& require_maze(const TrainedPolicy& trained, const std::string& job);

// Throws UserError if the environment of the policy has no levels of one of the sizes, or the network has no such layer.
// section: "scan"; layers_key: its key for layers.
void check_compatible(const TrainedPolicy& trained, const std::vector<int>& sizes,
                      const std::vector<std::string>& layers, const std::string& section,
                      const std::string& layers_key);

// Throws UserError if the environment of the policy has no level with one of the placements. section: "scan".
void check_placements(const TrainedPolicy& trained, const jobs::LevelGrid& grid, const std::string& section);

}  // namespace mazescan::policies
