#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "envs/environment.h"

namespace mazescan {

// A level that ended in the last step of a batch.
struct Finished {
  int index = 0;  // position in the batch, 0..count-1
  EpisodeSummary episode;
  bool truncated = false;
  // If truncated, the observation in which the episode was cut (Gymnasium's final_observation),
  // shape().bytes() bytes, valid until the next step; else nullptr.
  const uint8_t* final_observation = nullptr;
};

// Environments first..first+count-1 of a vector seeded by rand_seed, stepped together, with autoreset in the
// same step. What environment i does depends on rand_seed and i alone, as in procgen: not on count, nor on
// threads.
class Batch {
 public:
  // largest_size: of the first levels (see set_largest_size); 0 = world. Throws UserError on a bad
  // configuration.
  Batch(const EnvironmentConfig& config, int32_t rand_seed, int first, int count, int threads,
        int largest_size = 0);
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  int count() const { return static_cast<int>(environments_.size()); }
  ObservationShape shape() const { return shape_; }
  int action_count() const { return environments_.front()->action_count(); }

  // actions, rewards, terminated, truncated: [count]. observations: [count, shape], after autoreset, so those
  // of the new level where one ended; nullptr: not wanted.
  void step(const int32_t* actions, float* rewards, uint8_t* terminated, uint8_t* truncated,
            uint8_t* observations);
  // The observations at hand, [count, shape].
  void observe(uint8_t* observations) const;
  // The levels that ended in the last step, in index order.
  const std::vector<Finished>& finished() const { return finished_; }

  // For curricula: from its next reset on, each environment makes levels of at most this size
  // (odd, 3..world).
  void set_largest_size(int size);

  // One block of bytes an environment, in order, and nothing else: what batches over neighbouring ranges
  // save, put together, is what one batch over the whole range saves. restore reads count blocks and throws
  // UserError on bytes that are not those of such a batch; ByteReader::get_bytes skips a block.
  void save(ByteWriter& out) const;
  void restore(ByteReader& in);

  const Environment& environment(int index) const { return *environments_[index]; }

 private:
  class Pool;
  struct Step;
  void step_range(const Step& step, int begin, int end);

  ObservationShape shape_;
  std::vector<std::unique_ptr<Environment>> environments_;
  std::vector<uint8_t> final_observations_;  // [count, shape]
  std::vector<Finished> outcomes_;           // [count]; index -1: the level goes on
  std::vector<Finished> finished_;
  std::unique_ptr<Pool> pool_;  // none with one thread
};

}  // namespace mazescan
