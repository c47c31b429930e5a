#include "trainer/forward_pass.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace mazescan::trainer {

struct ForwardPass::Part {
  torch::Tensor rows;  // [S] int64
  Minibatch batch;
  ForwardPass pass;

  Part(const policy::Network& network, const Minibatch& whole, const PpoConfig& ppo, torch::Tensor which)
      : rows(std::move(which)), batch(whole.samples(rows)), pass(network, batch, ppo, {}, 1) {}
};

namespace {

// Returns evenly spaced rows. Shapes: [S] int64, where S is the rounded share, at least 1.
torch::Tensor spaced_rows(int64_t samples, double share, torch::Device device) {
  const int64_t count = std::max<int64_t>(1, std::llround(share * static_cast<double>(samples)));
  return torch::div(torch::arange(count, torch::TensorOptions(device).dtype(torch::kInt64)) * samples, count,
                    "floor");
}

}  // namespace

ForwardPass::ForwardPass(const policy::Network& network, const Minibatch& batch, const PpoConfig& ppo,
                         const std::set<std::string>& taps, double explained)
    : batch_(batch),
      ppo_(ppo),
      shares_states_(batch.states.defined() && explained < 1 && network.state().numel() == 0),
      input_(network.preprocess(shares_states_ ? batch.observations : observations())) {
  if (explained == 1) input_.requires_grad_();
  policy::TapFunction keep;
  if (!taps.empty())
    keep = [&](const std::string& name, torch::Tensor output) {
      if (taps.count(name) != 0) taps_[name] = output;
      return output;
    };
  const policy::Network::Output output = network.forward_preprocessed(input_, keep);
  output_ = {for_each_sample(output.logits), for_each_sample(output.value)};
  distribution_ = std::make_unique<policy::ActionDistribution>(output_.logits);
  for (const std::string& name : taps)
    require(taps_.count(name) != 0, lazy("a loss term needs layer '{}'", name),
            "the network has no such layer",
            "set the coefficient of that term to 0 in train.loss, or change the network");
  if (explained > 0 && explained < 1)
    part_ = std::make_unique<const Part>(network, batch, ppo,
                                         spaced_rows(output_.value.size(0), explained, input_.device()));
}

ForwardPass::~ForwardPass() = default;

torch::Tensor ForwardPass::for_each_sample(const torch::Tensor& output) const {
  return shares_states_ ? output.index_select(0, batch_.states) : output;
}

torch::Tensor ForwardPass::observations() const {
  return batch_.states.defined() ? batch_.observations.index_select(0, batch_.states) : batch_.observations;
}

torch::Tensor ForwardPass::tap(const std::string& layer) const {
  const auto found = taps_.find(layer);
  expect(found != taps_.end(), "a loss term lists the layers that it reads");
  return for_each_sample(found->second);
}

const ForwardPass& ForwardPass::explained() const {
  return part_ ? part_->pass : *this;
}

torch::Tensor ForwardPass::spread(const torch::Tensor& values) const {
  if (!part_) return values;
  const int64_t samples = output_.value.size(0);
  const double factor = static_cast<double>(samples) / static_cast<double>(values.size(0));
  return torch::zeros({samples}, values.options()).index_copy(0, part_->rows, factor * values);
}

torch::Tensor ForwardPass::input_gradient(const torch::Tensor& value) const {
  expect(input_.requires_grad(), "a loss term states that it needs the gradient of the input");
  return torch::autograd::grad({value}, {input_}, {torch::ones_like(value)}, /*retain_graph=*/true,
                               /*create_graph=*/true)[0];
}

}  // namespace mazescan::trainer
