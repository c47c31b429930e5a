#include "trainer/forward_pass.h"

#include <torch/autograd.h>
#include <torch/types.h>

namespace mazescan::trainer {

ForwardPass::ForwardPass(const policy::Network& network, const Minibatch& batch, const PpoConfig& ppo,
                         const std::set<std::string>& taps, bool input_gradient)
    : batch_(batch),
      ppo_(ppo),
      shares_states_(batch.states.defined() && !input_gradient && network.state().numel() == 0),
      input_(network.preprocess(shares_states_ ? batch.observations : observations())) {
  if (input_gradient) input_.requires_grad_();
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
}

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

torch::Tensor ForwardPass::input_gradient(const torch::Tensor& value) const {
  expect(input_.requires_grad(), "a loss term states that it needs the gradient of the input");
  return torch::autograd::grad({value}, {input_}, {torch::ones_like(value)}, /*retain_graph=*/true,
                               /*create_graph=*/true)[0];
}

}  // namespace mazescan::trainer
