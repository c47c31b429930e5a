#pragma once
#include <torch/types.h>

namespace mazescan::analyses {

// Gates with the stretched and rectified Kumaraswamy distribution: x in (0, 1) has the distribution function
// 1 - (1 - x^a)^b, and the gate is h = min(1, max(0, -0.1 + 1.2 x)). A gate is exactly 0 or exactly 1 with
// positive probability, and every function here has gradients with respect to a and b.
// Source: Bastings, Aziz and Titov, "Interpretable neural predictions with differentiable binary variables",
// 2019.
class HardKuma {
 public:
  // Shapes: a and b are equal, and so is each tensor below. a, b > 0.
  HardKuma(torch::Tensor a, torch::Tensor b);
  // Returns gates of unbounded scores: a and b are their softplus, limited to [1e-6, 100].
  static HardKuma of_scores(const torch::Tensor& a, const torch::Tensor& b);

  // The logarithm is taken before probabilities are subtracted from 1, so that small ones keep their digits.
  torch::Tensor is_zero() const;  // P(h = 0)
  torch::Tensor is_one() const;   // P(h = 1)
  torch::Tensor is_open() const;  // P(h > 0)
  // The mean of h, by Gauss-Legendre quadrature with 30 nodes: in double precision its error is below 1e-9.
  torch::Tensor mean() const;
  // Returns h for u, uniform in (0, 1).
  torch::Tensor sample(const torch::Tensor& u) const;
  // Returns the likeliest of 0, 1 and a value between; the latter is the mean of h.
  torch::Tensor likeliest() const;

 private:
  torch::Tensor log_above(double x) const;  // log P(X > x)
  torch::Tensor a_, b_;
};

}  // namespace mazescan::analyses
