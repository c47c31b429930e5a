#include "trainer/level_solution.h"

#include <algorithm>

#include "statistics/absorbing_chain.h"

namespace mazescan::trainer {

namespace {

// Values of large levels can underflow at first: a random mouse hardly ever arrives in time. Smaller values
// count as this one.
constexpr double kSmallestValue = 1e-250;

// The chain of discounted episodes: in each step they end with chance 1 - gamma, or by reaching the goal.
// rewards: the mean reward of the next move, from each state.
statistics::AbsorbingChain discounted_chain(const envs::StateGraph& graph, const MoveTable& probabilities,
                                            double gamma, std::vector<double>& rewards) {
  const size_t states = graph.states.size();
  rewards.assign(states, 0);
  std::vector<double> ends(states);
  std::vector<statistics::AbsorbingChain::Transition> transitions;
  transitions.reserve(states * envs::kMoves);
  for (size_t s = 0; s < states; ++s) {
    double arrivals = 0;
    for (size_t m = 0; m < envs::kMoves; ++m) {
      const int to = graph.next[s][m];
      rewards[s] += graph.rewards[s][m] * probabilities[s][m];
      if (to == graph.goal())
        arrivals += probabilities[s][m];
      else
        transitions.push_back({static_cast<int>(s), to, gamma * probabilities[s][m]});
    }
    ends[s] = 1 - gamma + gamma * arrivals;
  }
  std::vector<int> order = envs::farthest_first(graph);
  order.pop_back();  // the goal
  return {std::move(ends), transitions, order};
}

}  // namespace

LevelSolution solve_level(const envs::StateGraph& graph, const MoveTable& probabilities, double gamma,
                          double mix) {
  const size_t states = graph.states.size();
  std::vector<double> rewards;
  const statistics::AbsorbingChain chain = discounted_chain(graph, probabilities, gamma, rewards);
  LevelSolution solution;
  solution.values = chain.collected(rewards);
  for (double& value : solution.values) value = std::max(value, kSmallestValue);

  std::vector<double> begins(states);
  for (size_t s = 0; s < states; ++s)
    begins[s] = (mix / static_cast<double>(states) + (s == 0 ? 1 - mix : 0)) / solution.values[s];
  solution.weights = chain.visits(std::move(begins));
  solution.advantages.resize(states);
  for (size_t s = 0; s < states; ++s) {
    const double value = solution.values[s];
    solution.weights[s] *= value;
    for (size_t m = 0; m < envs::kMoves; ++m) {
      const int to = graph.next[s][m];
      const double later = to == graph.goal() ? 0 : gamma * solution.values[static_cast<size_t>(to)];
      const double after = graph.rewards[s][m] + later;
      solution.advantages[s][m] = (after / value - 1) / (1 - gamma);
    }
  }
  return solution;
}

double best_value(const envs::StateGraph& graph, double gamma) {
  std::vector<double> values(graph.states.size() + 1);  // the last: of the goal, 0
  std::vector<int> nearest_first = envs::farthest_first(graph);
  nearest_first.pop_back();  // the goal
  std::reverse(nearest_first.begin(), nearest_first.end());
  for (bool changed = true; changed;) {
    changed = false;
    for (const int s : nearest_first) {
      double best = 0;
      for (size_t m = 0; m < envs::kMoves; ++m)
        best = std::max(best, graph.rewards[static_cast<size_t>(s)][m] +
                                  gamma * values[static_cast<size_t>(graph.next[static_cast<size_t>(s)][m])]);
      changed = changed || best > values[static_cast<size_t>(s)];
      values[static_cast<size_t>(s)] = best;
    }
  }
  return values.front();
}

LevelSolution imitate_shortest_path(const envs::StateGraph& graph, const MoveTable& probabilities,
                                    double gamma) {
  constexpr double kSmallestChance = 1e-30;
  LevelSolution solution = solve_level(graph, probabilities, gamma, 1);
  const std::vector<int> to_goal = envs::moves_to_goal(graph);
  const size_t states = graph.states.size();
  for (size_t s = 0; s < states; ++s) {
    const auto nearer = [&](size_t m) {
      return to_goal[s] >= 0 && to_goal[static_cast<size_t>(graph.next[s][m])] == to_goal[s] - 1;
    };
    double chance = 0;
    for (size_t m = 0; m < envs::kMoves; ++m)
      if (nearer(m)) chance += probabilities[s][m];
    for (size_t m = 0; m < envs::kMoves; ++m)
      solution.advantages[s][m] = nearer(m) ? 1 / std::max(chance, kSmallestChance) : 0;
    solution.weights[s] = to_goal[s] < 0 ? 0 : 1 / static_cast<double>(states);
  }
  return solution;
}

EpisodeChances episode_chances(const envs::StateGraph& graph, const MoveTable& probabilities, int limit) {
  const size_t states = graph.states.size();
  std::vector<double> now(states + 1), next(states + 1);  // the last entry: the goal, which absorbs
  now[0] = 1;
  // The mean of the rewards that a move from each state gives without ending the episode; none in a maze.
  std::vector<double> other_rewards(states);
  for (size_t s = 0; s < states; ++s)
    for (size_t m = 0; m < envs::kMoves; ++m) {
      const int of_end = graph.next[s][m] == graph.goal() ? 1 : 0;
      other_rewards[s] += probabilities[s][m] * (graph.rewards[s][m] - of_end);
    }
  EpisodeChances chances;
  double arrived = 0, others = 0;
  for (int t = 1; t <= limit; ++t) {
    chances.steps += 1 - arrived;
    std::fill(next.begin(), next.end(), 0.0);
    for (size_t s = 0; s < states; ++s) {
      others += now[s] * other_rewards[s];
      for (size_t m = 0; m < envs::kMoves; ++m)
        next[static_cast<size_t>(graph.next[s][m])] += now[s] * probabilities[s][m];
    }
    arrived += next.back();
    chances.steps_of_success += t * next.back();
    next.back() = 0;
    now.swap(next);
  }
  chances.success = arrived;
  chances.rewards = arrived + others;
  return chances;
}

}  // namespace mazescan::trainer
