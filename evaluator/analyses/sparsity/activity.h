#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

#include "evaluator/analyses/sparsity/schema.h"
#include "policy/layer.h"

namespace mazescan::sparsity {

// Counts over many states how often and how strongly each unit of some layers is active.
class Activity {
 public:
  explicit Activity(const std::vector<policy::LayerSpec>& layers);

  // Adds the output of a layer for some states; outputs of other layers are ignored. Shape: [N, ...].
  void add(const std::string& layer, const torch::Tensor& output);

  int64_t states() const { return layers_.empty() ? 0 : layers_.front().states; }
  // Returns the mean share of the layers' units that are not 0; 0 without states.
  double active_share() const;
  std::vector<UnitRow> units() const;

 private:
  struct Layer {
    std::string name;
    int64_t states = 0;
    torch::Tensor active, magnitude;  // [units]: int64, and float64 sums
  };
  std::vector<Layer> layers_;
};

}  // namespace mazescan::sparsity
