#include "trainer/adam.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

namespace mazescan::trainer {

namespace {
constexpr double kBeta1 = 0.9, kBeta2 = 0.999;
}

Adam::Adam(const torch::Tensor& parameters, double epsilon)
    : first_moment(torch::zeros_like(parameters)),
      second_moment(torch::zeros_like(parameters)),
      epsilon_(epsilon) {}

void Adam::step(torch::Tensor parameters, const torch::Tensor& gradients, double learning_rate) {
  torch::NoGradGuard no_grad;
  ++steps;
  const double correction1 = 1 - std::pow(kBeta1, static_cast<double>(steps));
  const double correction2 = 1 - std::pow(kBeta2, static_cast<double>(steps));
  first_moment.mul_(kBeta1).add_(gradients, 1 - kBeta1);
  second_moment.mul_(kBeta2).addcmul_(gradients, gradients, 1 - kBeta2);
  const torch::Tensor denominator = second_moment.sqrt().div_(std::sqrt(correction2)).add_(epsilon_);
  parameters.addcdiv_(first_moment, denominator, -learning_rate / correction1);
}

double clip_gradients(torch::Tensor gradients, double max_norm) {
  const double norm = gradients.norm().item<double>();
  if (norm > max_norm) gradients.mul_(max_norm / norm);
  return norm;
}

}  // namespace mazescan::trainer
