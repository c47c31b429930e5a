#pragma once
#include <torch/types.h>

#include <cstdint>

namespace mazescan::trainer {

// Updates one flat buffer of parameters. Source: Kingma and Ba, "Adam", 2015.
class Adam {
 public:
  Adam(const torch::Tensor& parameters, double epsilon);
  // Shapes: parameters, gradients [P] float32; parameters change in place.
  void step(torch::Tensor parameters, const torch::Tensor& gradients, double learning_rate);

  torch::Tensor first_moment, second_moment;  // [P] float32
  int64_t steps = 0;

 private:
  double epsilon_;
};

// Scales `gradients` down to `max_norm` if their norm is larger. Returns the norm before.
double clip_gradients(torch::Tensor gradients, double max_norm);

}  // namespace mazescan::trainer
