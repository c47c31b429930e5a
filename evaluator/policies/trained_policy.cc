#include "evaluator/policies/trained_policy.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "envs/task.h"
#include "policy/device.h"
#include "storage/atomic_file.h"

namespace fs = std::filesystem;

namespace mazescan::policies {

TrainedPolicy load_trained_policy(const fs::path& path, torch::Device device) {
  policy::Policy policy = policy::decode_policy(storage::read_file(path), path.string(), device);
  auto environment =
      parse_config<envs::EnvironmentConfig>(policy.environment, path.string() + " (environment)");
  const policy::NetworkInterface &in = policy.network.interface(), due = network_interface(environment);
  require(in.channels == due.channels && in.height == due.height && in.width == due.width &&
              in.actions == due.actions,
          lazy("{}: network and environment do not fit", path.string()),
          "the file's metadata contradict each other", "use an undamaged policy file");
  return {std::move(policy), environment, "float32"};
}

fs::path policy_path(const jobs::RunConfig& config, const std::string& named) {
  return named.empty() ? fs::path(config.run) / "policy.safetensors" : fs::path(named);
}

TrainedPolicy open_trained_policy(const jobs::RunConfig& config, const std::string& section,
                                  const PolicyChoice& choice, int local_rank) {
  const torch::Device device = policy::choose_device(section + ".device", choice.device, local_rank);
  TrainedPolicy trained = load_trained_policy(policy_path(config, choice.policy), device);
  policy::choose_compute_dtype(trained.policy.network, section + ".compute_dtype", choice.compute_dtype);
  trained.compute_dtype = choice.compute_dtype;
  if (!choice.assets.empty()) trained.environment.set("assets", choice.assets);
  return trained;
}

policy::NetworkInterface network_interface(const envs::EnvironmentConfig& environment) {
  const envs::ObservationShape shape = make_task(environment)->observation_shape();
  return {shape.channels, shape.height, shape.width, shape.input_scale, action_count(environment.actions)};
}

const maze::MazeConfig& require_maze(const TrainedPolicy& trained, const std::string& job) {
  return maze::maze_config(trained.environment, "mazescan-evaluator " + job);
}

void require_cells(const TrainedPolicy& trained, const std::string& job) {
  require(!make_task(trained.environment)->is_continuous(),
          lazy("mazescan-evaluator {}: the environment is '{}'", job, trained.environment.name()),
          "its mouse moves by parts of a cell, and this job needs the finitely many states of a level",
          "play the policy from Python (mazescan.policy), or train in an environment of cells, such as "
          "keys_and_chests");
}

void require_no_objects(const TrainedPolicy& trained, const std::string& job) {
  require_cells(trained, job);
  require(!make_task(trained.environment)->has_objects(),
          lazy("mazescan-evaluator {}: the environment is '{}'", job, trained.environment.name()),
          "its states also hold which objects are gone, which this job does not store",
          "mazescan-evaluator scan, which stores them");
}

void check_placements(const TrainedPolicy& trained, const jobs::LevelGrid& grid, const std::string& section) {
  const auto task = make_task(trained.environment);
  for (const std::string& placement : grid.placements) {
    task->require_placement(placement, section + ".placements");
    require(std::any_of(grid.sizes.begin(), grid.sizes.end(),
                        [&](int size) { return task->is_possible(placement, size); }),
            lazy("'{}.placements' holds {}", section, placement),
            lazy("no level of the sizes {} can have the goal there: it is outside, at the start, or "
                 "always a wall (in mazes: both numbers odd)",
                 fmt::join(grid.sizes, ", ")),
            "a cell with an even number, inside the level");
  }
}

void check_compatible(const TrainedPolicy& trained, const std::vector<int>& sizes,
                      const std::vector<std::string>& layers, const std::string& section,
                      const std::string& layers_key) {
  const auto task = make_task(trained.environment);
  for (const int size : sizes) envs::require_size(*task, size, fmt::format("'{}.sizes' holds", section));
  std::vector<std::string> names;
  for (const auto& tap : trained.policy.network.layers()) names.push_back(tap.name);
  for (const std::string& wanted : layers) {
    if (std::find(names.begin(), names.end(), wanted) != names.end()) continue;
    const std::string near = nearest(wanted, names);
    throw UserError(fmt::format("'{}.{}' holds '{}'", section, layers_key, wanted),
                    "the policy has no such layer",
                    near.empty() ? fmt::format("one of {}", fmt::join(names, ", "))
                                 : fmt::format("did you mean '{}'?", near));
  }
}

}  // namespace mazescan::policies
