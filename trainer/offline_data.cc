#include "trainer/offline_data.h"

#include <algorithm>
#include <limits>
#include <map>
#include <sstream>
#include <utility>

#include "core/random.h"

namespace mazescan::trainer {

namespace {

// Throws UserError that names the first key in which the two environments differ. How states look may differ.
void require_same_environment(const envs::EnvironmentConfig& of_data, const envs::EnvironmentConfig& here,
                              const std::string& path) {
  const auto settings = [](const envs::EnvironmentConfig& config) {
    return dump_identity(make_task(config)->without_appearance(config));
  };
  std::istringstream theirs(settings(of_data)), ours(settings(here));
  for (std::string mine, other; std::getline(ours, mine);) {
    std::getline(theirs, other);
    require(mine == other, lazy("{}: episodes of another environment", path),
            lazy("there '{}', here '{}'", other, mine),
            "give section environment the values of the data, or collect episodes in this environment");
  }
}

}  // namespace

std::vector<episodes::Episode> best_tenth(const std::vector<episodes::Episode>& all) {
  std::map<int, std::vector<const episodes::Episode*>> by_size;
  for (const episodes::Episode& episode : all) by_size[episode.level->size].push_back(&episode);
  std::vector<episodes::Episode> best;
  for (auto& [size, episodes] : by_size) {
    const size_t tenth = (episodes.size() + 9) / 10;
    std::stable_sort(episodes.begin(), episodes.end(), [](const auto* a, const auto* b) {
      if (a->terminated != b->terminated) return a->terminated;
      return a->actions.size() < b->actions.size();
    });
    for (size_t i = 0; i < tenth && episodes[i]->terminated; ++i) best.push_back(*episodes[i]);
  }
  return best;
}

OfflineData::OfflineData(const TrainerConfig& config) {
  const OfflineConfig& offline = config.train.offline;
  dataset_ = episodes::read_file(offline.data);
  require_same_environment(
      parse_config<envs::EnvironmentConfig>(dataset_.environment, offline.data + " (environment)"),
      config.environment, offline.data);
  std::vector<episodes::Episode>& kept = dataset_.episodes;
  if (offline.size != 0)
    kept.erase(
        std::remove_if(kept.begin(), kept.end(),
                       [&](const episodes::Episode& episode) { return episode.level->size != offline.size; }),
        kept.end());
  require(!kept.empty(), lazy("'train.offline.size' is {}", offline.size),
          lazy("{} has no episode on a level of this size", offline.data),
          "a size that was collected, or 0: all");
  if (offline.learner == OfflineLearner::best_clone) kept = best_tenth(kept);
  require(!kept.empty(), "'train.offline.learner' is best_clone",
          lazy("no episode of {} reached the goal", offline.data), "data of better checkpoints");

  const auto task = make_task(config.environment);
  for (const episodes::Episode& episode : kept) {
    const auto states = states_of(episode, *task, config.environment.actions);
    for (size_t t = 0; t + 1 < states.size(); ++t)
      transitions_.push_back({states[t], states[t + 1], episode.actions[t], episode.rewards[t],
                              episode.terminated && t + 2 == states.size(),
                              episode.terminated ? static_cast<float>(states.size() - 1 - t)
                                                 : std::numeric_limits<float>::infinity()});
  }
  if (!offline.shuffle_returns) return;
  RandomStream random(static_cast<uint64_t>(config.seed), "returns");
  for (size_t i = transitions_.size(); i > 1; --i)
    std::swap(transitions_[i - 1].steps_to_goal,
              transitions_[random.below(static_cast<uint32_t>(i))].steps_to_goal);
}

}  // namespace mazescan::trainer
