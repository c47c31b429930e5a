#pragma once
#include <array>
#include <vector>

#include "envs/state_graph.h"

namespace mazescan::trainer {

// A number for each move in each state of a level.
using MoveTable = std::vector<std::array<double, envs::kMoves>>;

// What a policy achieves from every state of a level, solved instead of sampled. S: states of the level.
struct LevelSolution {
  std::vector<double> values;   // [S], V: the mean discounted reward, in units of the reward
  MoveTable advantages;         // [S]: A / (V (1 - gamma))
  std::vector<double> weights;  // [S]: of the states in the loss
};

// Solves for values V, advantages A(i, m) = Q(i, m) - V(i) and discounted visits d. The weights are those of
// the gradient of log V, of the start and (with share `mix`) of all states: w(i) = d(i) V(i), with one reward
// the discounted visits of episodes that arrive, where an episode that begins in i counts 1 / V(i). gamma: below 1.
// Shapes: probabilities [S], each row sums to 1.
LevelSolution solve_level(const envs::StateGraph& graph, const MoveTable& probabilities, double gamma,
                          double mix);

// Returns the mean discounted reward, in units of the reward, of the best policy from the start. gamma: below 1.
double best_value(const envs::StateGraph& graph, double gamma);

// Returns the advantages and weights with which the same loss has the gradient of imitation: that of
// -log(probability of the moves that lead nearer to the goal), averaged over the states. The values are those
// of the policy, as above.
LevelSolution imitate_shortest_path(const envs::StateGraph& graph, const MoveTable& probabilities,
                                    double gamma);

// What becomes of an episode that begins in the start state and ends after `limit` steps.
struct EpisodeChances {
  double success = 0;           // the chance to arrive
  double steps_of_success = 0;  // mean over episodes of the steps taken, 0 if they do not arrive
  double steps = 0;             // mean over episodes of the steps taken
  double rewards = 0;           // mean number of rewards
};
EpisodeChances episode_chances(const envs::StateGraph& graph, const MoveTable& probabilities, int limit);

}  // namespace mazescan::trainer
