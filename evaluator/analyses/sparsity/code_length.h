#pragma once
#include <torch/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/layer.h"
#include "storage/quantisation.h"
#include "storage/seg/codec.h"

namespace mazescan::sparsity {

// How many bits the activations of a layer need with quantisation to 8 bits and the codec `seg`, as in a recording with
// storage_dtype uint8 and compression seg. The steps of a layer are those of the first states that are added.
class CodeLength {
 public:
  explicit CodeLength(const std::vector<policy::LayerSpec>& layers);

  // Adds the output of a layer for some states; outputs of other layers are ignored. Shape: [N, ...].
  void add(const std::string& layer, const torch::Tensor& output);

  // Returns the mean bits of a value, with the best parameter of the codec; 0 without values.
  double bits(const std::string& layer) const;

 private:
  struct Layer {
    std::optional<storage::Quantisation> steps;
    seg::Counts counts = seg::Counts(256);
  };
  std::map<std::string, Layer> layers_;
};

}  // namespace mazescan::sparsity
