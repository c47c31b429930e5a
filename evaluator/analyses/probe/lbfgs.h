#pragma once
#include <torch/types.h>

#include <cstdint>
#include <deque>

namespace mazescan::probe {

// Minimises a smooth convex function by limited-memory BFGS with backtracking (Armijo). The caller computes
// the function, so that several minimisations can share a pass over data that are not in memory:
//
//   while (!search.finished()) search.observe(loss(search.trial()), gradient(search.trial()));
//
// Source: Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.
class Lbfgs {
 public:
  struct Options {
    int history = 10;          // pairs of steps and changes of the gradient that are kept
    int max_iterations = 200;  // accepted steps
    double gradient = 1e-3;    // converged: the gradient's norm is at most this
  };
  // Shapes: start: float32, any shape.
  Lbfgs(torch::Tensor start, const Options& options);

  // Returns the point where the function must be computed next; after the end, the result.
  const torch::Tensor& trial() const { return finished_ ? point_ : trial_; }
  // Passes the function's value and gradient at trial().
  void observe(double loss, const torch::Tensor& gradient);

  bool finished() const { return finished_; }
  bool converged() const { return gradient_norm_ <= options_.gradient; }
  int iterations() const { return iterations_; }
  double loss() const { return loss_; }                    // at the last accepted point
  double gradient_norm() const { return gradient_norm_; }  // at the last accepted point

 private:
  void accept(double loss, const torch::Tensor& gradient);
  torch::Tensor direction() const;
  void propose(double step);

  struct Pair {
    torch::Tensor step, change;
    double inverse;  // 1 / (step . change)
  };
  const Options options_;
  torch::Tensor point_, gradient_, trial_, direction_;
  std::deque<Pair> pairs_;
  double loss_ = 0, gradient_norm_ = 0, slope_ = 0, step_ = 0;
  int iterations_ = 0, backtracks_ = 0;
  bool started_ = false, finished_ = false;
};

}  // namespace mazescan::probe
