#pragma once
#include <torch/types.h>

#include <vector>

namespace mazescan::trainer {

// States with what the loss needs to know about each. B: samples, U: distinct states, A: actions of the policy.
struct Minibatch {
  torch::Tensor observations;  // [U, C, H, W] uint8
  torch::Tensor states;        // [B] int64: the row of each sample's observation; undefined: U = B, in order
  // With sampled advantages: the action taken in each state, [B] int64. With exact ones: undefined.
  torch::Tensor actions;
  // Of the action taken, [B] float32; with exact advantages of every action, [B, A] float32.
  torch::Tensor log_probabilities, advantages;
  torch::Tensor values, returns;  // [B] float32
  torch::Tensor weights;          // [B] float32; undefined: each state counts once

  // Returns some of the samples, each with a row of its own. Shapes: rows [S] int64.
  Minibatch samples(const torch::Tensor& rows) const;
  // Returns the samples of all parts, which have the same tensors, but no `states`.
  static Minibatch joined(const std::vector<const Minibatch*>& parts);
};

}  // namespace mazescan::trainer
