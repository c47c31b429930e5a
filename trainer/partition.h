#pragma once
#include <torch/types.h>

#include <memory>
#include <vector>

#include "core/random.h"
#include "policy/network.h"
#include "trainer/config.h"
#include "trainer/curriculum.h"
#include "trainer/distinct_states.h"
#include "trainer/minibatch.h"
#include "trainer/statistics.h"
#include "trainer/vector_env.h"

namespace mazescan::trainer {

// A fixed part of every batch of rollouts: some mazes, their random streams and their latest rollout. The bits of a
// partition depend only on the parameters and its own streams, whichever rank computes it.
// T: steps of a rollout, N: mazes, B: samples.
class Partition {
 public:
  Partition(const TrainerConfig& config, int index, int count, int largest_size, const MakeVectorEnv& make);

  // A rollout: begin_rollout, then `horizon` times act and receive_step, then end_rollout, which computes
  // advantages and returns. Between act and receive_step the environments may be stepped elsewhere while
  // other partitions take their turn.
  void begin_rollout();
  void act(const policy::Network& network, CollectStatistics& statistics);
  void receive_step(CollectStatistics& statistics);
  void end_rollout(const policy::Network& network, CollectStatistics& statistics);

  int horizon() const { return horizon_; }
  int64_t samples() const { return static_cast<int64_t>(horizon_) * mazes_; }
  // Returns the sum and the sum of squares of the rollout's advantages.
  std::pair<double, double> advantage_moments() const;
  // Subtracts `mean` from the advantages and divides them by `deviation`.
  void normalise_advantages(double mean, double deviation);

  // Draws a new random order of the samples.
  void shuffle();
  // Returns samples begin..begin+count-1 of that order, each of their states once.
  Minibatch minibatch(int64_t begin, int64_t count, torch::Device device) const;

  // Returns how well the values predict the returns.
  ValueError value_error() const;

  void set_largest_size(int size) { environments_->set_largest_size(size); }
  void save_environments(ByteWriter& out) const { environments_->save(out); }
  void restore_environments(ByteReader& in) { environments_->restore(in); }
  static constexpr int kStreams = 2;  // number of random streams that save_streams writes
  void save_streams(ByteWriter& out) const;
  void restore_streams(ByteReader& in);

 private:
  void evaluate(const policy::Network& network, CollectStatistics& statistics);
  void bootstrap_truncated(const policy::Network& network, CollectStatistics& statistics);

  const PpoConfig ppo_;
  int horizon_, mazes_;
  std::unique_ptr<VectorEnv> environments_;
  RandomStream action_stream_, shuffle_stream_;
  torch::Tensor observations_;  // [T + 1, N, C, H, W] uint8; the next rollout begins with the last
  DistinctStates distinct_;     // of observations_
  torch::Tensor actions_;       // [T, N] int64
  torch::Tensor logits_;        // [T, N, A] float32
  torch::Tensor log_probabilities_, values_, rewards_, dones_, advantages_, returns_;  // [T, N] float32
  torch::Tensor order_;                                                                // [T * N] int64

  int time_ = 0;                                 // steps of the rollout so far
  std::vector<int32_t> chosen_;                  // [N], the actions of the current step
  std::vector<uint8_t> terminated_, truncated_;  // [N], results of the last step
  std::vector<int64_t> truncated_samples_;       // t * N + n, in order of time
  std::vector<uint8_t> final_observations_;      // for truncated_samples_
};

}  // namespace mazescan::trainer
