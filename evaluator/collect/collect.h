#pragma once
#include <string>
#include <vector>

#include "datasets/episodes/episodes.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/rollout/rollouts.h"

namespace mazescan::collect {

// Plays one episode from each state of the cache, until the goal or `limit` steps, with sampled actions. The
// random stream of an episode is named by `stream` and its level seed. The levels are copied.
std::vector<episodes::Episode> play_episodes(rollout::PolicyCache& cache, const envs::Task& task,
                                             double reward, int limit, uint64_t seed,
                                             const std::string& stream);

// Plays with the checkpoints of the run directory and writes its episodes.bin. Returns what was written, as
// text. Throws UserError if there is no checkpoint, or one is damaged.
std::string collect_episodes(const jobs::RunConfig& config);

}  // namespace mazescan::collect
