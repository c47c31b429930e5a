#pragma once
#include <torch/types.h>

#include <functional>
#include <set>
#include <string>

#include "trainer/forward_pass.h"
#include "trainer/schedule.h"

namespace mazescan::trainer {

// A term of the loss. The loss of a minibatch is the sum of sign x coefficient x term over all terms.
struct LossTerm {
  std::string name;  // its key in train.loss, in metrics.jsonl, in TensorBoard and in the report
  std::string help;
  LinearSchedule default_coefficient;
  double sign = 1;  // -1: a bonus

  // One of these two is set. Returns a value for each sample, [B] float32; the term is their mean over the
  // minibatch.
  std::function<torch::Tensor(const ForwardPass&)> of_samples;
  // Returns a scalar of the network's parameters, [P] float32; the term is that scalar.
  std::function<torch::Tensor(const torch::Tensor& parameters)> of_parameters;

  std::set<std::string> taps;    // layers that of_samples reads
  bool input_gradient = false;   // whether of_samples calls ForwardPass::input_gradient
  bool always_measured = false;  // computed and logged also while its coefficient is 0
};

}  // namespace mazescan::trainer
