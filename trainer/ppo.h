#pragma once
#include <torch/types.h>

#include <cstdint>

#include "policy/network.h"
#include "trainer/config.h"
#include "trainer/rollout.h"

namespace mazescan {

// Adam (Kingma and Ba, 2015) over one flat buffer.
class Adam {
 public:
  Adam(const torch::Tensor& parameters, double epsilon);
  void step(torch::Tensor parameters, const torch::Tensor& gradients, double learning_rate);

  torch::Tensor first_moment, second_moment;  // [P] float32
  int64_t steps = 0;

 private:
  double epsilon_;
};

// Scales `gradients` down to `max_norm` if their norm is larger; returns the norm before.
double clip_gradients(torch::Tensor gradients, double max_norm);

// What the loss says of itself, summed over samples.
struct LossStatistics {
  double policy = 0, value = 0, entropy = 0, kl = 0, clipped = 0;
  int64_t samples = 0;
};

// Adds to the network's gradients those of the PPO loss of `batch`, divided by `divisor` samples (the whole
// minibatch's, over all shards).
void backward_ppo(const Network& network, const Shard::Minibatch& batch, const PpoConfig& config,
                  double entropy_weight, int64_t divisor, LossStatistics& statistics);

}  // namespace mazescan
