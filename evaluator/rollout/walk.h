#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/walk_ends.h"
#include "evaluator/rollout/rollouts.h"

namespace mazescan::rollout {

// Plays every episode of the table until the mouse stands on its goal, or eats the cheese somewhere else, or
// `limit` steps are over. Sampled actions come from a stream for each level seed and goal, so that agents are
// compared under the same luck.
datasets::WalkEnds walk_to(PolicyCache& cache, const std::vector<envs::Cell>& goals,
                           ActionSelection selection, int limit, uint64_t seed, const std::string& stream);

// For each episode the mean, over the steps of the shortest path from the mouse to the goal, of the log
// probability of the move along it: the logarithm of the geometric mean of the path's probabilities. The goal
// is not where the mouse is, and within reach.
std::vector<double> path_log_probability(PolicyCache& cache, const std::vector<envs::Cell>& goals);

// The move from one cell to the next, along a path.
envs::Move move_between(envs::Cell from, envs::Cell to);

}  // namespace mazescan::rollout
