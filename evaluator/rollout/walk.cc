#include "evaluator/rollout/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "envs/paths.h"

namespace mazescan::rollout {

namespace {

constexpr double kMinProbability = 1e-12;  // lower bound that avoids the logarithm of 0

}  // namespace

datasets::WalkEnds walk_to(PolicyCache& cache, const std::vector<envs::Cell>& goals,
                           ActionSelection selection, int limit, uint64_t seed, const std::string& stream) {
  std::vector<envs::MazeState> states = cache.episodes();
  std::vector<RandomStream> streams;
  std::vector<int> active;
  datasets::WalkEnds walks;
  walks.reached.assign(states.size(), 0);
  for (size_t e = 0; e < states.size(); ++e) {
    streams.emplace_back(seed, fmt::format("{}/{},{}", stream, goals[e].x, goals[e].y),
                         static_cast<uint64_t>(states[e].level->seed));
    walks.reached[e] = states[e].mouse == goals[e] ? 1 : 0;
    if (walks.reached[e] == 0) active.push_back(static_cast<int>(e));
  }
  while (!active.empty()) {
    std::vector<Mouse> mice;
    mice.reserve(active.size());
    for (const int e : active) mice.push_back({states[e].mouse, states[e].facing_right});
    cache.evaluate(active, mice);
    const std::vector<int> actions =
        choose_actions(cache.distribution(active, mice), selection, active, streams);
    std::vector<int> going_on;
    for (size_t i = 0; i < active.size(); ++i) {
      const int e = active[i];
      const bool eaten = apply_move(states[e], cache.move(actions[i]));
      walks.reached[e] = states[e].mouse == goals[e] ? 1 : 0;
      if (walks.reached[e] == 0 && !eaten && states[e].clock < limit) going_on.push_back(e);
    }
    active = std::move(going_on);
  }
  for (const envs::MazeState& state : states) walks.steps.push_back(state.clock);
  return walks;
}

envs::Move move_between(envs::Cell from, envs::Cell to) {
  for (int move = 0; move < envs::kMoves; ++move)
    if (envs::neighbour(from, static_cast<envs::Move>(move)) == to) return static_cast<envs::Move>(move);
  throw InternalError("cells of a path are neighbours");
}

std::vector<double> path_log_probability(PolicyCache& cache, const std::vector<envs::Cell>& goals) {
  std::vector<int> episodes;
  std::vector<Mouse> mice;
  std::vector<envs::Move> moves;
  for (size_t e = 0; e < goals.size(); ++e) {
    const envs::MazeState& first = cache.episodes()[e];
    Mouse mouse{first.mouse, first.facing_right};
    const std::vector<envs::Cell> path = envs::shortest_path(*first.level, first.mouse, goals[e]);
    for (size_t step = 1; step < path.size(); ++step) {
      const envs::Move move = move_between(path[step - 1], path[step]);
      episodes.push_back(static_cast<int>(e));
      mice.push_back(mouse);
      moves.push_back(move);
      mouse.cell = path[step];
      if (move == envs::Move::left || move == envs::Move::right)
        mouse.facing_right = move == envs::Move::right;
    }
  }
  cache.evaluate(episodes, mice);
  std::vector<double> sums(goals.size());
  std::vector<int> steps(goals.size());
  for (size_t i = 0; i < episodes.size(); ++i) {
    const double probability = cache.move_probabilities(episodes[i], mice[i])[static_cast<size_t>(moves[i])];
    sums[episodes[i]] += std::log(std::max(probability, kMinProbability));
    ++steps[episodes[i]];
  }
  for (size_t e = 0; e < sums.size(); ++e) sums[e] /= std::max(steps[e], 1);
  return sums;
}

}  // namespace mazescan::rollout
