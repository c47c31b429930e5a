#pragma once
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mazescan::trainer {

// Finds the samples of a rollout that show the same state, so that the network evaluates each state once.
class DistinctStates {
 public:
  // samples: of a rollout. bytes: of an observation.
  DistinctStates(int64_t samples, size_t bytes) : first_(static_cast<size_t>(samples)), bytes_(bytes) {}

  // Begins a new rollout, whose observations are at `observations`, [samples, bytes]. They must stay there.
  void clear(const uint8_t* observations);
  // Adds a sample. Returns the first sample that was added with the same observation; itself if it is new.
  int64_t add(int64_t sample);
  // Returns what `add` returned.
  int64_t first(int64_t sample) const { return first_[static_cast<size_t>(sample)]; }

 private:
  std::string_view observation(int64_t sample) const {
    return {reinterpret_cast<const char*>(observations_) + static_cast<size_t>(sample) * bytes_, bytes_};
  }

  std::vector<int64_t> first_;  // [samples]
  const size_t bytes_;
  const uint8_t* observations_ = nullptr;
  std::unordered_map<uint64_t, int64_t> by_hash_;  // the first sample with each hash
};

}  // namespace mazescan::trainer
