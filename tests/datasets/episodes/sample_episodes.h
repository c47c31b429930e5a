#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "core/random.h"
#include "datasets/episodes/episodes.h"
#include "envs/paths.h"

namespace mazescan::episodes {

// Returns the move that a player makes in a state.
using Rule = std::function<envs::Move(const envs::MazeState& state)>;

// Makes the first move of a shortest path to the goal.
inline envs::Move shortest_path(const envs::MazeState& state) {
  return envs::optimal_policy(*state.level, state.cheese)[state.level->index(state.mouse)];
}

// Returns a rule that makes one of the five moves, all equally likely.
inline Rule random_moves(uint64_t seed) {
  return [random = std::make_shared<RandomStream>(seed, "random moves")](const envs::MazeState&) {
    return static_cast<envs::Move>(random->below(envs::kMoves));
  };
}

// Plays an episode on the level of a seed, with the goal where the level has it. The actions are moves.
inline Episode play(const envs::EnvironmentConfig& environment, int32_t seed, int size, const Rule& rule) {
  const auto task = make_task(environment);
  Episode episode;
  episode.level = std::make_shared<const envs::MazeLevel>(make_level(*task, seed, size));
  envs::MazeState state = episode.first = task->initial_state(*episode.level);
  while (!episode.terminated && !episode.truncated) {
    const envs::Move move = rule(state);
    const envs::MoveResult result = task->apply_move(state, move);
    episode.actions.push_back(static_cast<uint8_t>(move));
    episode.rewards.push_back(static_cast<float>(environment.reward * result.rewards));
    episode.terminated = result.over;
    episode.truncated = !result.over && state.clock >= time_limit(environment, size);
  }
  return episode;
}

// Returns episodes of one player on levels with the seeds 0, 1, ... of each of these sizes.
inline Dataset play_levels(const envs::EnvironmentConfig& environment, const std::vector<int>& sizes,
                           int levels, const Rule& rule) {
  Dataset dataset;
  dataset.environment = dump_config(environment);
  dataset.players.push_back({7, "a hash"});
  for (const int size : sizes)
    for (int seed = 0; seed < levels; ++seed) dataset.episodes.push_back(play(environment, seed, size, rule));
  return dataset;
}

}  // namespace mazescan::episodes
