#include "trainer/minibatch.h"

#include <torch/types.h>

namespace mazescan::trainer {

namespace {

// What a minibatch holds of each sample.
constexpr torch::Tensor Minibatch::*kOfSamples[] = {&Minibatch::actions,    &Minibatch::log_probabilities,
                                                    &Minibatch::advantages, &Minibatch::values,
                                                    &Minibatch::returns,    &Minibatch::weights};

}  // namespace

Minibatch Minibatch::samples(const torch::Tensor& rows) const {
  Minibatch some;
  some.observations = observations.index_select(0, states.defined() ? states.index_select(0, rows) : rows);
  for (const auto tensor : kOfSamples)
    if ((this->*tensor).defined()) some.*tensor = (this->*tensor).index_select(0, rows);
  return some;
}

Minibatch Minibatch::joined(const std::vector<const Minibatch*>& parts) {
  const auto join = [&](torch::Tensor Minibatch::*tensor) {
    std::vector<torch::Tensor> tensors;
    for (const Minibatch* part : parts) tensors.push_back(part->*tensor);
    return torch::cat(tensors);
  };
  Minibatch all;
  all.observations = join(&Minibatch::observations);
  for (const auto tensor : kOfSamples)
    if ((parts.front()->*tensor).defined()) all.*tensor = join(tensor);
  return all;
}

}  // namespace mazescan::trainer
