#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "envs/environment.h"

namespace mazescan::envs {

// The behaviour after the step in which an episode ended (terminated or truncated). The names are
// Gymnasium's.
enum class AutoresetMode {
  // Begins the next level in the same step and shows it, as in procgen. The last observation of the episode
  // is the final_observation of `finished()`.
  same_step,
  // The step shows the last observation. The next step ignores the action, begins the next level, gives
  // reward 0 and ends nothing.
  next_step,
  // The step shows the last observation. reset() must come before the next step.
  disabled
};

// A level that ended in the last step of a batch.
struct Finished {
  int index = 0;  // position in the batch, 0..count-1
  EpisodeSummary episode;
  bool truncated = false;
  // With same_step, if the episode ended and observations were requested: its last observation (Gymnasium's
  // final_observation), shape().bytes() bytes, valid until the next step. Otherwise nullptr: the step's own
  // observation is the last one, or the episode continues in the next level (`sequential`).
  const uint8_t* final_observation = nullptr;
};

// Steps environments first..first+count-1 of a vector together. Environment i depends only on rand_seed and
// i, as in procgen: neither on count nor on threads.
class Batch {
 public:
  // max_size: see set_max_size; 0: no limit. The first levels begin here; no reset() is needed. Throws
  // UserError on a bad configuration or threads < 1.
  Batch(const EnvironmentConfig& config, int32_t rand_seed, int first, int count, int threads,
        int max_size = 0, AutoresetMode autoreset = AutoresetMode::same_step,
        const EnvironmentFactory& make = make_environment);
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  int count() const { return static_cast<int>(environments_.size()); }
  ObservationShape shape() const { return shape_; }
  int action_count() const { return environments_.front()->action_count(); }

  // Shapes: actions, rewards, terminated, truncated [count]; observations [count, shape], taken after the
  // step and its autoreset, or nullptr if they are not needed. actions: see Environment::step.
  void step(const int32_t* actions, float* rewards, uint8_t* terminated, uint8_t* truncated,
            uint8_t* observations);
  // Begins the next level of the environments with mask[i] != 0 ([count]), of all if mask is nullptr.
  void reset(const uint8_t* mask = nullptr);
  // Writes the current observations, [count, shape].
  void observe(uint8_t* observations) const;
  // The levels that ended in the last step, in index order.
  const std::vector<Finished>& finished() const { return finished_; }
  // The seeds of the current levels, [count].
  const std::vector<int32_t>& level_seeds() const { return level_seeds_; }

  // Continues environment `index` from a state; see Environment::set_state.
  void set_state(int index, const MazeState& state, const LevelChoice& choice);

  // Limits the size of levels from each environment's next reset on, for curricula.
  // Throws UserError if no level is that small.
  void set_max_size(int size);

  // save writes one block of bytes for each environment, in order, and nothing else: the bytes of batches
  // over neighbouring ranges, joined, are those of one batch over the whole range. restore reads count blocks
  // and throws UserError on bytes of another kind of batch. ByteReader::get_bytes skips a block.
  void save(ByteWriter& out) const;
  void restore(ByteReader& in);

  const Environment& environment(int index) const { return *environments_[index]; }

 private:
  class Pool;
  struct Step;
  void step_range(const Step& step, int begin, int end);
  void begin_level(int index);

  const AutoresetMode autoreset_;
  ObservationShape shape_;
  std::vector<std::unique_ptr<Environment>> environments_;
  std::vector<int32_t> level_seeds_;         // [count]
  std::vector<uint8_t> over_;                // [count]: 1 = the episode ended and no level began since
  std::vector<uint8_t> final_observations_;  // [count, shape]
  std::vector<StepResult> results_;          // [count], of the last step
  std::vector<Finished> outcomes_;           // [count], of the latest level that ended
  std::vector<Finished> finished_;
  std::unique_ptr<Pool> pool_;  // nullptr with one thread
};

}  // namespace mazescan::envs
