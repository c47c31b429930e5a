#pragma once
#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "core/random.h"
#include "policy/formats/named_tensor.h"
#include "policy/network_config.h"
#include "policy/network_spec.h"

namespace mazescan::policy {

// Called with the output of every named layer, in order. The result replaces the output and must have its
// shape. A function that only records returns the tensor unchanged.
using TapFunction = std::function<torch::Tensor(const std::string& name, torch::Tensor output)>;

// A network made from a list of layers (network_spec.h). All parameters are in one flat float32 buffer and
// all gradients in another, so that the optimiser, clipping, all-reduce and files are one operation each.
class Network {
 public:
  struct Parameter {
    std::string name;            // "embedder.block1.res1.conv2.weight"
    std::vector<int64_t> shape;  // conv: out in 3 3; linear: out in; bias: out
    int64_t offset;              // index of its first element in the flat buffers
    int64_t count;
    double gain;  // for the orthogonal initialisation; 0 for biases
  };
  struct Output {
    torch::Tensor logits;  // [N, actions] float32
    torch::Tensor value;   // [N] float32
  };

  // Throws UserError, before any large allocation, if there would be more than `max_parameters` parameters.
  Network(const NetworkConfig& config, const NetworkInterface& interface, torch::Device device = torch::kCPU,
          int64_t max_parameters = kMaxParameters);
  static constexpr int64_t kMaxParameters = int64_t{1} << 31;

  // Computes the outputs. Shapes: observations [N, channels, height, width] uint8 on the network's device.
  Output forward(const torch::Tensor& observations, const TapFunction& tap = nullptr) const {
    return forward_preprocessed(preprocess(observations), tap);
  }
  // The two halves of `forward`, for gradients with respect to the input. `preprocess` converts uint8
  // observations to float32 and scales them. `forward_preprocessed` computes the layers from that input,
  // [N, channels, height, width] float32.
  torch::Tensor preprocess(const torch::Tensor& observations) const;
  Output forward_preprocessed(const torch::Tensor& input, const TapFunction& tap = nullptr) const;

  // Sets orthogonal weights with the gains of the layers' specifications, zero biases and zero state.
  void initialise(RandomStream& random);

  // Makes the network compute in bfloat16 or float16, with a copy of the current weights; for inference only.
  // Taps, logits and values stay float32. compute_in(float32) undoes it.
  void compute_in(torch::ScalarType type);

  const NetworkConfig& config() const { return config_; }
  const NetworkInterface& interface() const { return interface_; }
  // The layers in forward order. Each is a tap.
  const std::vector<LayerSpec>& layers() const { return spec_.layers; }
  const OutputLayers& outputs() const { return spec_.outputs; }

  const std::vector<Parameter>& layout() const { return layout_; }
  torch::Tensor parameters() const { return parameters_; }  // [P] float32; writing to it changes the network
  torch::Tensor gradients() const { return gradients_; }    // [P] float32; backward adds to it
  torch::Tensor parameter(size_t index) const { return leaves_.at(index); }

  // The state of the layers (Operation::state). Empty if no operation has state.
  torch::Tensor state() const { return state_; }  // [S] float32; writing to it changes the network
  // [P + S]: gradients(), followed by the sums for the next update_state. Every forward pass with gradients
  // enabled adds to these sums. Learners add up this buffer over the parts of a minibatch.
  torch::Tensor sums() const { return sums_; }
  // Updates the state from the sums over a minibatch of `samples` observations.
  void update_state(int64_t samples);

  // Views of all tensors that a file must hold: parameters in the order of layout(), then state.
  const std::vector<formats::NamedTensor>& tensors() const { return tensors_; }

  // Numbers of floating-point operations for one observation. A multiply-add counts as two.
  struct Arithmetic {
    double forward = 0;
    double backward = 0;  // excludes the gradient of the observation
  };
  Arithmetic arithmetic() const;

 private:
  // Data of one layer for the forward pass.
  struct Step {
    size_t first_weight;         // index of its first parameter in weights_
    torch::Tensor state, sums;   // views of state_ and sums_; undefined without state
    std::vector<size_t> unused;  // outputs that no later step uses
  };
  void lay_out_parameters();
  void bind(torch::Device device);
  void find_unused_outputs();

  NetworkConfig config_;
  NetworkInterface interface_;
  NetworkSpec spec_;
  std::vector<Parameter> layout_;
  std::vector<Step> steps_;  // one per layer
  torch::ScalarType computes_in_ = torch::kFloat32;
  torch::Tensor parameters_, state_, sums_, gradients_;
  std::vector<torch::Tensor> leaves_;   // views into parameters_, their gradients views into gradients_
  std::vector<torch::Tensor> weights_;  // used to compute: the leaves, or rounded copies
  std::vector<formats::NamedTensor> tensors_;
};

}  // namespace mazescan::policy
