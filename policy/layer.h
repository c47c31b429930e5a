#pragma once
#include <torch/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mazescan::policy {

using Shape = std::vector<int64_t>;

int64_t element_count(const Shape& shape);

// A tensor that a layer owns.
struct TensorSpec {
  std::string name;  // within the layer: "weight"
  Shape shape;
  double gain = 0;  // for the orthogonal initialisation; 0: starts with zeros
};

struct LayerSpec;

// Computes the output of one kind of layer. An operation owns no tensors: the network owns the tensors of all
// layers.
class Operation {
 public:
  Operation() = default;
  virtual ~Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  // Computes the output from the outputs of the layer's inputs.
  // Shapes: inputs [N, ...]; returns [N, ...layer's shape]; all have the type in which the network computes.
  // weights: the layer's parameters, with that type. state: float32; undefined if the operation has none.
  virtual torch::Tensor forward(torch::TensorList inputs, torch::TensorList weights,
                                const torch::Tensor& state) const = 0;

  // Returns the multiply-adds for one observation. By default each weight is used once for each cell of the
  // output.
  virtual double multiply_adds(const LayerSpec& layer) const;

  // State consists of values that training changes without gradients, such as how often each unit was active.
  // It is saved with the parameters and starts with zeros. An operation with state overrides these three
  // functions.
  //
  // Returns the state of a layer whose output has the shape `output`.
  virtual std::optional<TensorSpec> state(const Shape& /*output*/) const { return std::nullopt; }
  // Returns the statistics of a batch of outputs that update_state needs, summed over the items. The sums of
  // the parts of a minibatch add up to the sum of the minibatch.
  // Shapes: output [N, ...layer's shape]; returns the state's shape, float32.
  virtual torch::Tensor sum_for_state(const torch::Tensor& output) const;
  // Updates the state after a minibatch of `samples` observations. sums: from sum_for_state.
  virtual void update_state(torch::Tensor& state, const torch::Tensor& sums, int64_t samples) const;
};

// Describes a layer of a network. A list of these determines the network's parameters, forward pass, taps,
// names in files, operation counts and the JavaScript of the report's page.
struct LayerSpec {
  static constexpr int kObservation = -1;  // as an input: the network's input

  std::string name;  // "embedder.block1.res1.relu1", as in the maze literature
  std::string kind;  // "conv", "relu"; evaluator/report/page/network.js has a table of these
  std::map<std::string, double> options;  // the parameters of the kind
  std::vector<int> inputs;                // indices of earlier layers, or kObservation
  Shape shape;                            // the output's shape for one observation: [C, H, W] or [C]
  std::vector<TensorSpec> parameters;
  std::optional<TensorSpec> state;
  bool repeats_input = false;  // the output counts as the same activations as the input's (edits.h)
  std::shared_ptr<const Operation> operation;
};

}  // namespace mazescan::policy
