#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/walk_ends.h"
#include "evaluator/rollout/rollouts.h"

namespace mazescan::rollout {

// Plays every episode of the cache until the mouse reaches its goal, eats the cheese elsewhere, or has made
// `limit` steps. Sampled actions use one random stream for each level seed and goal, so that all agents use
// the same random numbers.
datasets::WalkEnds walk_to(PolicyCache& cache, const std::vector<envs::Cell>& goals,
                           ActionSelection selection, int limit, uint64_t seed, const std::string& stream);

// Returns for each episode the mean log probability of the moves along the shortest path from the mouse to
// the goal: the logarithm of the geometric mean of their probabilities. The goal must be reachable and differ
// from the mouse's cell.
std::vector<double> path_log_probability(PolicyCache& cache, const std::vector<envs::Cell>& goals);

// Returns the move from a cell to a neighbouring one. Throws InternalError if they are not neighbours.
envs::Move move_between(envs::Cell from, envs::Cell to);

}  // namespace mazescan::rollout
