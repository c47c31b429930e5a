#include "trainer/advantages.h"

#include <torch/types.h>

namespace mazescan::trainer {

void generalised_advantages(const torch::Tensor& rewards, const torch::Tensor& values,
                            const torch::Tensor& dones, const torch::Tensor& last_values, double gamma,
                            double lambda, torch::Tensor& advantages) {
  const int64_t steps = rewards.size(0), width = rewards.size(1);
  const auto* reward = rewards.data_ptr<float>();
  const auto* value = values.data_ptr<float>();
  const auto* done = dones.data_ptr<float>();
  const auto* last_value = last_values.data_ptr<float>();
  auto* advantage = advantages.data_ptr<float>();
  const auto discount = static_cast<float>(gamma), decay = static_cast<float>(gamma * lambda);
  for (int64_t n = 0; n < width; ++n) {
    float next_value = last_value[n], next_advantage = 0;
    for (int64_t i = (steps - 1) * width + n; i >= 0; i -= width) {
      const float not_done = 1 - done[i];
      const float delta = reward[i] + discount * next_value * not_done - value[i];
      advantage[i] = next_advantage = delta + decay * not_done * next_advantage;
      next_value = value[i];
    }
  }
}

}  // namespace mazescan::trainer
