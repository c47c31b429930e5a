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
  // taps: layers whose outputs to keep. explained: the share of the samples for which input_gradient() will be called,
  // 0 to 1. The network, `batch` and `ppo` must outlive this object. Throws UserError if the network has no such layer.
  ForwardPass(const policy::Network& network, const Minibatch& batch, const PpoConfig& ppo,
              const std::set<std::string>& taps, double explained);
  ~ForwardPass();

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

  // Returns the pass of the samples that are explained: this one, or one of evenly spaced samples, at least one.
  const ForwardPass& explained() const;
  // Returns the values of explained samples as values of all samples: with a factor, so that the expected sum is that
  // of all, and 0 for the others. Shapes: [S]; returns [B].
  torch::Tensor spread(const torch::Tensor& values) const;
  // Returns the gradient of each sample's value with respect to its input, as a function that can be
  // differentiated again; only of an explained pass. Shapes: value [B]; returns [B, channels, height, width] float32.
  torch::Tensor input_gradient(const torch::Tensor& value) const;

 private:
  struct Part;  // samples that are explained in a pass of their own
  torch::Tensor for_each_sample(const torch::Tensor& output) const;

  const Minibatch& batch_;
  const PpoConfig& ppo_;
  const bool shares_states_;
  torch::Tensor input_;
  std::map<std::string, torch::Tensor> taps_;
  policy::Network::Output output_;
  std::unique_ptr<policy::ActionDistribution> distribution_;
  std::unique_ptr<const Part> part_;  // null: all samples are explained, or none
};

}  // namespace mazescan::trainer
