#pragma once
#include <torch/types.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

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
  // minibatch. memory: see below; terms without one ignore it.
  std::function<torch::Tensor(const ForwardPass&, const std::vector<double>& memory)> of_samples;
  // Returns a scalar of the network's parameters, [P] float32; the term is that scalar.
  std::function<torch::Tensor(const torch::Tensor& parameters)> of_parameters;

  std::set<std::string> taps;  // layers that of_samples reads
  double input_gradient =
      0;  // share of the samples for which of_samples calls ForwardPass::explained(), 0 to 1
  bool always_measured = false;  // computed and logged also while its coefficient is 0

  // A term may keep numbers from update to update, which are saved in checkpoints. They are empty at first, and change
  // while the term is computed. Both functions are set, or none.
  //
  // Returns numbers of a pass that add up over passes, [M] float64.
  std::function<torch::Tensor(const ForwardPass&)> observe;
  // Changes the memory after an update. sums: of `observe` over all passes; samples: of these passes.
  std::function<void(std::vector<double>& memory, const std::vector<double>& sums, double samples)> remember;
  // If set: what of the memory is written to metrics.jsonl, by name.
  std::function<std::map<std::string, double>(const std::vector<double>& memory)> describe;
};

}  // namespace mazescan::trainer
