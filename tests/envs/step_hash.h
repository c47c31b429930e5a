#pragma once
#include <vector>

#include "core/hash.h"
#include "envs/batch.h"

namespace mazescan {

// Adds the results of the last step of `batch`: the buffers it filled, and the finished episodes.
inline void hash_step(Hasher& hasher, const envs::Batch& batch, const std::vector<float>& rewards,
                      const std::vector<uint8_t>& terminated, const std::vector<uint8_t>& truncated,
                      const std::vector<uint8_t>& observations) {
  hasher.add(rewards.data(), rewards.size() * sizeof(float)).add(terminated.data(), terminated.size());
  hasher.add(truncated.data(), truncated.size()).add(observations.data(), observations.size());
  hasher.add(batch.level_seeds().data(), batch.level_seeds().size() * sizeof(int32_t));
  for (const envs::Finished& finished : batch.finished()) {
    const int32_t fields[] = {finished.index,         finished.episode.level_seed, finished.episode.size,
                              finished.episode.steps, finished.episode.optimal,    finished.episode.success,
                              finished.truncated};
    hasher.add(fields, sizeof fields);
    if (finished.final_observation != nullptr) hasher.add(finished.final_observation, batch.shape().bytes());
  }
}

}  // namespace mazescan
