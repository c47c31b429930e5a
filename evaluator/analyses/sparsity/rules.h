#pragma once
#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

#include "evaluator/analyses/sparsity/schema.h"
#include "policy/layer.h"
#include "statistics/decision_tree.h"

namespace mazescan::sparsity {

// The size of the simplest rules that give a policy's decisions from which channels of a layer are on: the leaves of a
// greedy decision tree. A channel is on in a state if the norm of its map is at least 0.6 times its mean plus 0.7 times its
// standard deviation over all states.
// Source: Kasioumis, Townsend and Inakoshi, "Elite BackProp", 2021, as implemented for NeSyFOLD.
class Rules {
 public:
  explicit Rules(const std::vector<policy::LayerSpec>& layers);

  // Adds the output of a layer for some states, or their logits; outputs of other layers are ignored. The layers and
  // the logits get the same states in the same order. Shape: [N, ...].
  void add(const std::string& layer, const torch::Tensor& output);

  // Returns the smallest tree that gives the likeliest action in kRuleFidelity of the states.
  statistics::TreeSize size(const std::string& layer) const;

 private:
  std::map<std::string, std::vector<torch::Tensor>> norms_;  // of each layer, [N, channels] float32
  std::vector<int> actions_;
  int action_count_ = 0;
};

inline constexpr int kMostRules = 500;  // a tree does not grow beyond

}  // namespace mazescan::sparsity
