#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace mazescan::policy {

// The distributions over actions given by rows of logits: the softmax of each row. No other file computes
// probabilities from logits.
//
// Gradients pass to logits that require them. For logits on the CPU that require none, rows are computed one
// by one in plain loops, so that a row has the same bits in a batch of any size.
class ActionDistribution {
 public:
  // Shapes: logits [N, actions] float32.
  explicit ActionDistribution(const torch::Tensor& logits);
  // Reads `rows` rows of logits from plain memory.
  ActionDistribution(const float* logits, int64_t rows, int64_t actions);

  // Shapes: [N, actions] float32 on the device of the logits; contiguous.
  const torch::Tensor& log_probabilities() const { return log_probabilities_; }
  torch::Tensor probabilities() const;
  // Returns the logarithm of the probability of one action in each row.
  // Shapes: actions [N] int64; returns [N] float32.
  torch::Tensor log_prob(const torch::Tensor& actions) const;
  // Returns the entropy of each row, in nats. Shapes: [N] float32.
  torch::Tensor entropy() const;

  // Returns, for each row, the action whose cumulative probability first exceeds u[row] in [0, 1).
  std::vector<int> sample(const std::vector<float>& u) const;
  // Returns the most probable action of each row, the first of equals.
  std::vector<int> mode() const;

 private:
  torch::Tensor log_probabilities_;
  torch::Tensor probabilities_;  // undefined if computed from the logarithms on demand
};

}  // namespace mazescan::policy
