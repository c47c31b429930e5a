#pragma once
#include <torch/types.h>

namespace mazescan::policy {

// alpha-entmax (Correia, Niculae and Martins, "Adaptively sparse transformers", 2019): a probability distribution
// p_i = max(0, (alpha - 1) z_i - tau) ^ (1 / (alpha - 1)) over scores z, with tau such that it sums to 1. It is softmax
// for alpha = 1 and sparsemax for alpha = 2. The larger alpha, the more probabilities are exactly 0.

inline constexpr double kLeastAlpha =
    1.01;  // a learned alpha is not smaller: 1 / (alpha - 1) has to be a number

// Returns the distributions of the last dimension. Exact for alpha = 1, 1.5 and 2, by bisection for others; computed
// in double precision. Gradients of any order.
// Shapes: scores [..., n]; returns [..., n] float32, or float64 if the scores are. Throws UserError if alpha is below 1 or
// not finite.
torch::Tensor entmax(const torch::Tensor& scores, double alpha);

// The same with an alpha for each distribution, at least kLeastAlpha, which has a gradient.
// Shapes: scores [..., n], alpha [..., 1] or broadcast to it.
torch::Tensor entmax(const torch::Tensor& scores, const torch::Tensor& alpha);

// Returns the Fenchel-Young loss of the scores for the class that is right: at least 0, and 0 where that class has the
// probability 1. Its gradient with respect to the scores is p minus the indicator of that class.
// Shapes: scores [N, n], right [N] int64; returns [N] float32.
torch::Tensor entmax_loss(const torch::Tensor& scores, const torch::Tensor& right, double alpha);

}  // namespace mazescan::policy
