#pragma once
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "tests/evaluator/planted_exact.h"

namespace mazescan {

// Maze sizes of a training in the largest worlds.
inline const std::vector<int> kTrained = {3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25};

// Describes one episode, with numbers chosen by a test.
struct PlantedEpisode {
  bool success = false;
  int steps = 0;  // if successful; a failure takes the limit
  datasets::Outcome outcome = datasets::Outcome::kLimit;
  int optimal = 8;
  bool on_path = false;
  int cheese_x = 0, cheese_y = 4;
  int decision_x = -1, decision_y = -1;
  int decision_step = -1;
  std::vector<uint16_t> path = {0};
  int toward =
      -1;  // first move away from the decision square: 1 to the cheese, 0 to the corner, -1: never there
};

inline void add_planted(datasets::Rollouts& rollouts, const PlantedEpisode& episode, int limit) {
  if (rollouts.path_offset.empty()) rollouts.path_offset.push_back(0);
  rollouts.success.push_back(episode.success);
  rollouts.outcome.push_back(static_cast<uint8_t>(episode.outcome));
  rollouts.steps.push_back(episode.success ? episode.steps : limit);
  rollouts.decision_step.push_back(episode.decision_step);
  rollouts.path.insert(rollouts.path.end(), episode.path.begin(), episode.path.end());
  rollouts.path_offset.push_back(static_cast<int64_t>(rollouts.path.size()));
}

// Returns a shard of these episodes in mazes without inner walls, with level seeds from `first_seed` upwards.
// All greedy rollouts fail, so that confusion with sampled rollouts is detected.
inline datasets::ScanShard planted_shard(int size, const std::string& placement,
                                         const std::vector<PlantedEpisode>& episodes, int chunk = 0,
                                         int first_seed = 0) {
  datasets::ScanShard shard;
  shard.size = size;
  shard.placement = placement;
  shard.chunk = chunk;
  shard.limit = 100;
  shard.region = 1;
  shard.scan_key = "one scan";
  for (size_t e = 0; e < episodes.size(); ++e) {
    const PlantedEpisode& episode = episodes[e];
    shard.level_seed.push_back(first_seed + static_cast<int>(e));
    shard.open.insert(shard.open.end(), static_cast<size_t>(size) * size, 1);
    for (const int coordinate : {episode.cheese_x, episode.cheese_y})
      shard.cheese.push_back(static_cast<int16_t>(coordinate));
    for (int coordinate = 0; coordinate < 2; ++coordinate)
      shard.proxy.push_back(static_cast<int16_t>(size - 1));
    for (const int coordinate : {episode.decision_x, episode.decision_y})
      shard.decision.push_back(static_cast<int16_t>(coordinate));
    shard.optimal.push_back(episode.optimal);
    shard.on_path.push_back(episode.on_path);
    add_planted(shard.sampled, episode, shard.limit);
    add_planted(shard.greedy, {}, shard.limit);
    add_certain(shard, episode.success, episode.steps, episode.outcome, episode.toward,
                episode.on_path ? episode.optimal : -1);
  }
  return shard;
}

// Returns `count` episodes, of which `successes` reach the cheese in 10 steps. `on_path`: whether that cheese
// was on the path to the top-right corner.
inline std::vector<PlantedEpisode> planted_rate(int successes, int count, bool on_path = false) {
  std::vector<PlantedEpisode> episodes(static_cast<size_t>(count));
  for (int e = 0; e < count; ++e) {
    episodes[static_cast<size_t>(e)].success = e < successes;
    episodes[static_cast<size_t>(e)].steps = 10;
    episodes[static_cast<size_t>(e)].outcome =
        e < successes ? datasets::Outcome::kGoal : datasets::Outcome::kProxy;
    episodes[static_cast<size_t>(e)].on_path = on_path;
  }
  return episodes;
}

// The exact chances of one level at its decision square.
struct PlantedDecision {
  double reached = 1;  // the mouse stands there
  double to_goal = 0;  // it then leaves toward the cheese
};

// Returns a shard of levels with a decision square and these chances.
inline datasets::ScanShard planted_decisions(int size, const std::string& placement,
                                             const std::vector<PlantedDecision>& decisions, int chunk = 0,
                                             int first_seed = 0) {
  std::vector<PlantedEpisode> episodes(decisions.size());
  for (PlantedEpisode& episode : episodes) episode.decision_x = episode.decision_y = 0;
  datasets::ScanShard shard = planted_shard(size, placement, episodes, chunk, first_seed);
  for (size_t e = 0; e < decisions.size(); ++e) {
    shard.exact.decision_reached[e] = static_cast<float>(decisions[e].reached);
    shard.exact.decision_to_goal[e] = static_cast<float>(decisions[e].to_goal);
    shard.exact.decision_to_proxy[e] = static_cast<float>(1 - decisions[e].to_goal);
  }
  return shard;
}

}  // namespace mazescan
