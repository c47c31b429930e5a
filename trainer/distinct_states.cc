#include "trainer/distinct_states.h"

#include "core/hash.h"

namespace mazescan::trainer {

void DistinctStates::clear(const uint8_t* observations) {
  observations_ = observations;
  by_hash_.clear();
}

int64_t DistinctStates::add(int64_t sample) {
  const auto [entry, is_new] = by_hash_.try_emplace(hash64(observation(sample)), sample);
  // Two different observations with one hash: the later ones count as new every time.
  const bool same = is_new || observation(entry->second) == observation(sample);
  return first_[static_cast<size_t>(sample)] = same ? entry->second : sample;
}

}  // namespace mazescan::trainer
