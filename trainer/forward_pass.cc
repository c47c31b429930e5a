#include "trainer/forward_pass.h"

#include <torch/autograd.h>
#include <torch/types.h>

namespace mazescan::trainer {

ForwardPass::ForwardPass(const policy::Network& network, const Minibatch& batch, const PpoConfig& ppo,
                         const std::set<std::string>& taps, bool input_gradient)
    : batch_(batch), ppo_(ppo), input_(network.preprocess(batch.observations)) {
  if (input_gradient) input_.requires_grad_();
  policy::TapFunction keep;
  if (!taps.empty())
    keep = [&](const std::string& name, torch::Tensor output) {
      if (taps.count(name) != 0) taps_[name] = output;
      return output;
    };
  output_ = network.forward_preprocessed(input_, keep);
  distribution_ = std::make_unique<policy::ActionDistribution>(output_.logits);
  for (const std::string& name : taps)
    require(taps_.count(name) != 0, lazy("a loss term needs layer '{}'", name),
            "the network has no such layer",
            "set the coefficient of that term to 0 in train.loss, or change the network");
}

const torch::Tensor& ForwardPass::tap(const std::string& layer) const {
  const auto found = taps_.find(layer);
  expect(found != taps_.end(), "a loss term lists the layers that it reads");
  return found->second;
}

torch::Tensor ForwardPass::input_gradient(const torch::Tensor& value) const {
  expect(input_.requires_grad(), "a loss term states that it needs the gradient of the input");
  return torch::autograd::grad({value}, {input_}, {torch::ones_like(value)}, /*retain_graph=*/true,
                               /*create_graph=*/true)[0];
}

}  // namespace mazescan::trainer
