#pragma once
#include <torch/types.h>

namespace mazescan::trainer {

// Computes generalised advantage estimates into `advantages`.
// Shapes: rewards, values, dones, advantages [T, N] float32, contiguous, on the CPU; dones is 1 if an episode
// ended with that step, else 0; last_values [N], the values of the states after the last step.
// Source: Schulman et al., "High-dimensional continuous control using generalized advantage estimation",
// 2016.
void generalised_advantages(const torch::Tensor& rewards, const torch::Tensor& values,
                            const torch::Tensor& dones, const torch::Tensor& last_values, double gamma,
                            double lambda, torch::Tensor& advantages);

}  // namespace mazescan::trainer
