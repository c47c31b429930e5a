#pragma once
#include <torch/types.h>

#include <memory>
#include <vector>

#include "core/random.h"
#include "policy/network.h"
#include "trainer/config.h"
#include "trainer/curriculum.h"
#include "trainer/vector_environment.h"

namespace mazescan {

// Seconds spent in network arithmetic, and the figures of what ended, since they were last taken.
struct CollectStatistics {
  double network_seconds = 0;
  double reward = 0;
  Tallies finished;
};

// A logical part of the learner: some mazes, their random streams and their latest rollout. A shard's bits
// depend on the parameters and its own streams only, wherever it is computed.
class Shard {
 public:
  Shard(const TrainerConfig& config, int index, int count, int largest_size, const MakeEnvironments& make);

  // A rollout: begin, then `horizon` times act and take_in, then end, which computes advantages and returns.
  // Between act and take_in the environments may be under way elsewhere, and other shards take their turn.
  void begin_rollout();
  void act(const Network& network, CollectStatistics& statistics);
  void take_in(CollectStatistics& statistics);
  void end_rollout(const Network& network, CollectStatistics& statistics);

  int horizon() const { return horizon_; }
  int64_t samples() const { return static_cast<int64_t>(horizon_) * mazes_; }
  // The sum and the sum of squares of the rollout's advantages; then shifts and scales them.
  std::pair<double, double> advantage_moments() const;
  void normalise_advantages(double mean, double deviation);

  // A new random order of the samples; slice `m` of the order is a shard's part of a minibatch.
  void shuffle();
  struct Minibatch {
    torch::Tensor observations;                                    // [B, C, H, W] uint8
    torch::Tensor actions;                                         // [B] int64
    torch::Tensor log_probabilities, values, advantages, returns;  // [B] float32
  };
  Minibatch minibatch(int64_t begin, int64_t count, torch::Device device) const;

  const torch::Tensor& values() const { return values_; }    // [T, N]
  const torch::Tensor& returns() const { return returns_; }  // [T, N]

  void set_largest_size(int size) { environments_->set_largest_size(size); }
  void save_environments(ByteWriter& out) const { environments_->save(out); }
  void restore_environments(ByteReader& in) { environments_->restore(in); }
  static constexpr int kStreams = 2;  // saved by a shard
  void save_streams(ByteWriter& out) const;
  void restore_streams(ByteReader& in);

 private:
  void add_final_values(const Network& network, CollectStatistics& statistics);
  void estimate_advantages(const torch::Tensor& last_values);

  const PpoConfig ppo_;
  int horizon_, mazes_;
  std::unique_ptr<VectorEnvironment> environments_;
  RandomStream action_stream_, shuffle_stream_;
  torch::Tensor observations_;  // [T + 1, N, C, H, W] uint8; the last is what the next rollout begins with
  torch::Tensor actions_;       // [T, N] int64
  torch::Tensor log_probabilities_, values_, rewards_, ends_, advantages_, returns_;  // [T, N] float32
  torch::Tensor order_;                                                               // [T * N] int64

  struct Truncation {
    int64_t sample;  // t * N + n
  };
  int time_ = 0;                                 // steps of the rollout so far
  std::vector<int32_t> chosen_;                  // [N], the actions under way
  std::vector<uint8_t> terminated_, truncated_;  // [N], of the last step
  std::vector<Truncation> truncations_;
  std::vector<uint8_t> final_observations_;
};

// Generalised advantage estimation (Schulman et al., 2016). rewards, values, ends: [T, N] float32, ends 1
// where an episode ended with that step; last_values: [N], of the states after the last step. Writes
// advantages [T, N].
void generalised_advantages(const torch::Tensor& rewards, const torch::Tensor& values,
                            const torch::Tensor& ends, const torch::Tensor& last_values, double gamma,
                            double lambda, torch::Tensor& advantages);

}  // namespace mazescan
