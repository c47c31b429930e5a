#include "evaluator/collect/collect.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "evaluator/collect/config.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/unit_levels.h"
#include "policy/device.h"
#include "storage/checkpoint.h"

namespace fs = std::filesystem;

namespace mazescan::collect {

namespace {

// Returns `count` of the folders, evenly spaced, the last among them; all if count is 0 or too large.
std::vector<fs::path> evenly_spaced(const std::vector<fs::path>& folders, size_t count) {
  if (count == 0 || count >= folders.size()) return folders;
  std::vector<fs::path> chosen;
  for (size_t i = 1; i <= count; ++i) chosen.push_back(folders[i * folders.size() / count - 1]);
  return chosen;
}

// Plays the levels of all sizes and placements with one checkpoint; appends to the dataset.
void play_checkpoint(const jobs::RunConfig& config, CollectConfig grid, const fs::path& folder,
                     torch::Device device, episodes::Dataset& dataset) {
  const policies::TrainedPolicy trained =
      policies::load_trained_policy(folder / "policy.safetensors", device);
  const auto task = make_task(trained.environment);
  require(!trained.environment.sequential, "'environment.sequential' is true",
          "an episode goes on from level to level, and is stored with one", "a policy trained without it");
  policies::require_cells(trained, datasets::kCollectSection);
  policies::check_compatible(trained, grid.sizes, {}, datasets::kCollectSection, "");
  policies::check_placements(trained, grid, datasets::kCollectSection);

  const auto player = static_cast<int32_t>(dataset.players.size());
  grid.first_level += int64_t{player} * grid.levels;
  grid.chunk = grid.levels;
  dataset.environment = trained.policy.environment;
  dataset.players.push_back({storage::load_checkpoint(folder).step, trained.policy.hash});
  const rollout::NetworkAgent agent(trained.policy.network, trained.environment);
  const auto seed = static_cast<uint64_t>(config.seed);
  for (const datasets::WorkUnit& unit : work_units(grid)) {
    std::vector<envs::MazeState> starts;
    const std::vector<envs::MazeLevel> levels = rollout::unit_levels(grid, unit, trained.environment, seed);
    if (levels.empty()) continue;
    for (const envs::MazeLevel& level : levels) starts.push_back(task->initial_state(level));
    rollout::PolicyCache cache(agent, starts);
    for (episodes::Episode& episode :
         play_episodes(cache, *task, trained.environment.reward, time_limit(trained.environment, unit.size),
                       seed, fmt::format("collect/{}/{}", unit.size, unit.subject))) {
      episode.player = player;
      dataset.episodes.push_back(std::move(episode));
    }
  }
}

std::string description(const fs::path& path, const episodes::Dataset& dataset) {
  size_t steps = 0, successes = 0;
  for (const episodes::Episode& episode : dataset.episodes) {
    steps += episode.actions.size();
    successes += episode.terminated ? 1 : 0;
  }
  return fmt::format("{}: {} episodes of {} checkpoints, {} steps; {:.0f} % reached the goal\n",
                     path.string(), dataset.episodes.size(), dataset.players.size(), steps,
                     100.0 * static_cast<double>(successes) / static_cast<double>(dataset.episodes.size()));
}

}  // namespace

std::vector<episodes::Episode> play_episodes(rollout::PolicyCache& cache, const envs::Task& task,
                                             double reward, int limit, uint64_t seed,
                                             const std::string& stream) {
  std::vector<envs::MazeState> states = cache.episodes();
  std::vector<episodes::Episode> played(states.size());
  std::vector<RandomStream> streams;
  std::vector<int> active;
  for (size_t e = 0; e < states.size(); ++e) {
    played[e].level = std::make_shared<envs::MazeLevel>(*states[e].level);
    played[e].first = states[e];
    played[e].first.level = played[e].level.get();
    streams.emplace_back(seed, stream, static_cast<uint64_t>(states[e].level->seed));
    active.push_back(static_cast<int>(e));
  }
  while (!active.empty()) {
    std::vector<rollout::Mouse> mice;
    for (const int e : active) mice.push_back({states[e].mouse, states[e].facing_right, states[e].taken});
    cache.evaluate(active, mice);
    const std::vector<int> actions =
        choose_actions(cache.distribution(active, mice), rollout::ActionSelection::kSampled, active, streams);
    std::vector<int> going_on;
    for (size_t i = 0; i < active.size(); ++i) {
      const int e = active[i];
      episodes::Episode& episode = played[e];
      const envs::MoveResult move = task.apply_move(states[e], cache.move(actions[i]));
      episode.actions.push_back(static_cast<uint8_t>(actions[i]));
      episode.rewards.push_back(static_cast<float>(reward * move.rewards));
      episode.terminated = move.over;
      episode.truncated = !move.over && states[e].clock >= limit;
      if (!episode.terminated && !episode.truncated) going_on.push_back(e);
    }
    active = std::move(going_on);
  }
  return played;
}

std::string collect_episodes(const jobs::RunConfig& config) {
  const auto& collect = config.section<CollectConfig>();
  const fs::path checkpoints = fs::path(config.run) / "checkpoints";
  const std::vector<fs::path> folders =
      evenly_spaced(storage::checkpoint_folders(checkpoints), static_cast<size_t>(collect.checkpoints));
  require(!folders.empty(), lazy("{} holds no checkpoint", checkpoints.string()),
          "the episodes are those of a training's checkpoints",
          "train first, with train.checkpoint.keep above 1: mazescan-trainer CONFIG");
  require(
      collect.first_level + static_cast<int64_t>(folders.size()) * collect.levels <= int64_t{1} << 31,
      lazy("'collect.first_level' is {}", collect.first_level),
      lazy("{} checkpoints with {} levels each exceed level seed 2^31 - 1", folders.size(), collect.levels),
      "a smaller first_level");
  const torch::Device device = policy::choose_device("collect.device", collect.device, 0);
  episodes::Dataset dataset;
  for (const fs::path& folder : folders) play_checkpoint(config, collect, folder, device, dataset);
  const fs::path path = fs::path(config.run) / episodes::kFileName;
  episodes::write_file(path, dataset);
  return description(path, dataset);
}

}  // namespace mazescan::collect
