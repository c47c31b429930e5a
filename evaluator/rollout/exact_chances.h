#pragma once
#include <vector>

#include "datasets/scan_shard.h"
#include "envs/task.h"
#include "evaluator/rollout/rollouts.h"

namespace mazescan::rollout {

// Computes what becomes of each episode of the cache, without sampling: the policy on a level is a Markov
// chain over the states that the mouse can reach. Evaluates the policy on all of them. Beside it, two agents
// that need no policy walk the same levels: the random mouse takes each of the five moves with equal
// probability, the blind walker takes the shortest path to the proxy and stays there. limit: steps of an
// episode. decision: each episode's decision square, kNoCell if none.
// Throws UserError if the policy's outputs are not finite.
datasets::ExactChances exact_chances(PolicyCache& cache, const envs::Task& task, int limit,
                                     const std::vector<envs::Cell>& decision);

// Returns for each episode the mean number of steps at which the mouse is on each cell (in the order of
// MazeLevel::open), from the start until the goal or the limit. Evaluates the policy as exact_chances does.
std::vector<std::vector<double>> expected_visits(PolicyCache& cache, const envs::Task& task, int limit);

// Returns the chance that the random mouse reaches `target` within `steps`, before it ends the episode by
// reaching the cheese, if that is elsewhere.
double random_arrival(const envs::MazeState& start, const envs::Task& task, envs::Cell target, int steps);

}  // namespace mazescan::rollout
