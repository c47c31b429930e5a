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

// The policy that a job evaluates and its training environment.
struct TrainedPolicy {
  policy::Policy policy;
  envs::EnvironmentConfig environment;
  std::string compute_dtype = "float32";  // precision of the network's computation
};
TrainedPolicy load_trained_policy(const std::filesystem::path& path, torch::Device device);

// Returns the policy file of a section of the configuration: `named`, or if empty the run's own.
std::filesystem::path policy_path(const jobs::RunConfig& config, const std::string& named);

// Opens the policy of a section of the configuration ("scan") with the section's device, precision and folder
// of images. local_rank selects the GPU. Throws UserError if the policy file or the choice is invalid.
TrainedPolicy open_trained_policy(const jobs::RunConfig& config, const std::string& section,
                                  const PolicyChoice& choice, int local_rank);

// Returns the input and output shapes of a network for this environment.
policy::NetworkInterface network_interface(const envs::EnvironmentConfig& environment);

// Returns the maze configuration of the policy's training. Throws UserError if it was trained in another
// environment. Every job that supports only mazes calls this. job: "edit", for messages.
const maze::MazeConfig& require_maze(const TrainedPolicy& trained, const std::string& job);

// Throws UserError if the mouse of the policy's environment moves by parts of a cell. job: its name. A scan keeps
// answers by cell, computes exact chances from all states of a level and stores paths as cells and moves.
void require_cells(const TrainedPolicy& trained, const std::string& job);

// Throws UserError if levels of the policy's environment have objects, or as require_cells. job: its name.
void require_no_objects(const TrainedPolicy& trained, const std::string& job);

// Throws UserError if the policy's environment lacks levels of one of the sizes, or the network lacks one of
// the layers. section: "scan"; layers_key: its key for layers.
void check_compatible(const TrainedPolicy& trained, const std::vector<int>& sizes,
                      const std::vector<std::string>& layers, const std::string& section,
                      const std::string& layers_key);

// Throws UserError if the policy's environment has no level with one of the placements. section: "scan".
void check_placements(const TrainedPolicy& trained, const jobs::LevelGrid& grid, const std::string& section);

}  // namespace mazescan::policies
