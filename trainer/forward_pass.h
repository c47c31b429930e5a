#pragma once
#include <torch/types.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "policy/action_distribution.h"
#include "policy/network.h"
#include "trainer/config.h"
#include "trainer/minibatch.h"

namespace mazescan::trainer {

// One forward pass over samples of a minibatch, with its graph: what loss terms are functions of. A state that
// several samples share is evaluated once, unless a term needs the gradient of the input of each or a layer has
// state that counts samples. B: samples.
class ForwardPass {
 public:
  // taps: layers whose outputs to keep. input_gradient: whether input_gradient() will be called. The network,
  // `batch` and `ppo` must outlive this object. Throws UserError if the network has no such layer.
  ForwardPass(const policy::Network& network, const Minibatch& batch, const PpoConfig& ppo,
              const std::set<std::string>& taps, bool input_gradient);

  const Minibatch& batch() const { return batch_; }
  const PpoConfig& ppo() const { return ppo_; }
  const policy::Network::Output& output() const { return output_; }
  // The policy that the output describes.
  const policy::ActionDistribution& distribution() const { return *distribution_; }
  // Returns the observation of each sample. Shapes: [B, C, H, W] uint8.
  torch::Tensor observations() const;
  // Returns the output of a layer. Shapes: [B, ...] float32.
  torch::Tensor tap(const std::string& layer) const;
  // The number of states that the network evaluated.
  int64_t evaluated() const { return input_.size(0); }

  // Returns the gradient of each sample's value with respect to its input, as a function that can be
  // differentiated again. Shapes: value [B]; returns [B, channels, height, width] float32.
  torch::Tensor input_gradient(const torch::Tensor& value) const;

 private:
  torch::Tensor for_each_sample(const torch::Tensor& output) const;

  const Minibatch& batch_;
  const PpoConfig& ppo_;
  const bool shares_states_;
  torch::Tensor input_;
  std::map<std::string, torch::Tensor> taps_;
  policy::Network::Output output_;
  std::unique_ptr<policy::ActionDistribution> distribution_;
};

}  // namespace mazescan::trainer
