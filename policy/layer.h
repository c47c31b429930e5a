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
  double gain = 0;  // of the orthogonal initialisation; 0: starts with zeros
};

struct LayerSpec;

// What a kind of layer computes. An operation owns no tensors: the network owns those of all layers.
class Operation {
 public:
  Operation() = default;
  virtual ~Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  // Computes the output from the outputs of the layer's inputs.
  // Shapes: inputs [N, ...]; returns [N, ...layer's shape], all of the type in which the network computes.
  // weights: the layer's parameters, of that type. state: float32; undefined if the operation has none.
  virtual torch::Tensor forward(torch::TensorList inputs, torch::TensorList weights,
                                const torch::Tensor& state) const = 0;

  // Returns the multiply-adds for one observation. By default each weight is used once for each cell of the
  // output.
  virtual double multiply_adds(const LayerSpec& layer) const;

  // State is what training changes without gradients, such as how often each unit was active. It is saved
  // with the parameters and starts with zeros. An operation that has state overrides these three functions.
  //
  // Returns the state of a layer whose output has the shape `output`.
  virtual std::optional<TensorSpec> state(const Shape& /*output*/) const { return std::nullopt; }
  // Returns what update_state needs from a batch of outputs, summed over its items; the sums of the parts of
  // a minibatch add up to that of the whole. Shapes: output [N, ...layer's shape]; returns the state's shape,
  // float32.
  virtual torch::Tensor sum_for_state(const torch::Tensor& output) const;
  // Changes the state after a minibatch of `samples` observations.
  virtual void update_state(torch::Tensor& state, const torch::Tensor& sums, int64_t samples) const;
};

// A layer of a network as data. The network's parameters, forward pass, taps, names in files, counts of
// operations and the JavaScript of the report's page follow from a list of these.
struct LayerSpec {
  static constexpr int kObservation = -1;  // as an input: what the network reads

  std::string name;  // "embedder.block1.res1.relu1", by the names of the maze literature
  std::string kind;  // "conv", "relu": what it computes; evaluator/page/network.js has a table of these
  std::map<std::string, double> options;  // of the kind
  std::vector<int> inputs;                // indices of earlier layers, or kObservation
  Shape shape;                            // of the output for one observation: [C, H, W] or [C]
  std::vector<TensorSpec> parameters;
  std::optional<TensorSpec> state;
  bool repeats_input = false;  // the output counts as the same activations as the input's (edits.h)
  std::shared_ptr<const Operation> operation;
};

}  // namespace mazescan::policy
