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

// Called with the output of every named layer, in order; what it returns takes the output's place. Recording
// returns the tensor as it came, an edit returns another of the same shape.
using TapFunction = std::function<torch::Tensor(const std::string& name, torch::Tensor output)>;

// A network made from a list of layers (network_spec.h). All parameters are in one flat float32 buffer and
// all gradients in another, so that the optimiser, clipping, all-reduce and files are one operation each.
class Network {
 public:
  struct Parameter {
    std::string name;            // "embedder.block1.res1.conv2.weight"
    std::vector<int64_t> shape;  // conv: out in 3 3; linear: out in; bias: out
    int64_t offset;              // of its first element in the flat buffers
    int64_t count;
    double gain;  // of the orthogonal initialisation; 0 for biases
  };
  struct Output {
    torch::Tensor logits;  // [N, actions] float32
    torch::Tensor value;   // [N] float32
  };

  // Throws UserError before it allocates anything large if there would be more than `most_parameters`.
  Network(const NetworkConfig& config, const NetworkInterface& interface, torch::Device device = torch::kCPU,
          int64_t most_parameters = kMostParameters);
  static constexpr int64_t kMostParameters = int64_t{1} << 31;

  // observations: [N, channels, height, width] uint8 on the network's device.
  Output forward(const torch::Tensor& observations, const TapFunction& tap = nullptr) const {
    return forward_preprocessed(preprocess(observations), tap);
  }
  // The two halves of `forward`, for gradients with respect to the input: converts uint8 observations to
  // float32 and scales them; computes the layers from that input, [N, channels, height, width] float32.
  torch::Tensor preprocess(const torch::Tensor& observations) const;
  Output forward_preprocessed(const torch::Tensor& input, const TapFunction& tap = nullptr) const;

  // Orthogonal weights with the gains of the layers' specifications, zero biases, zero state.
  void initialise(RandomStream& random);

  // For inference only: from now on computes in bfloat16 or float16, with weights as they are at this moment.
  // Taps, logits and values stay float32. Back with float32.
  void compute_in(torch::ScalarType type);

  const NetworkConfig& config() const { return config_; }
  const NetworkInterface& interface() const { return interface_; }
  // Every layer in forward order: each is a tap.
  const std::vector<LayerSpec>& layers() const { return spec_.layers; }
  const OutputLayers& outputs() const { return spec_.outputs; }

  const std::vector<Parameter>& layout() const { return layout_; }
  torch::Tensor parameters() const { return parameters_; }  // [P] float32; writing to it changes the network
  torch::Tensor gradients() const { return gradients_; }    // [P] float32; backward adds to it
  torch::Tensor parameter(size_t index) const { return leaves_.at(index); }

  // What layers keep beside their parameters (Operation::state): empty unless an operation has state.
  torch::Tensor state() const { return state_; }  // [S] float32; writing to it changes the network
  // [P + S]: gradients(), and behind them the sums for the next update_state, to which every forward pass
  // with gradients enabled adds. Learners sum it over the parts of a minibatch.
  torch::Tensor sums() const { return sums_; }
  // Updates the state after a minibatch of `samples` observations, from the sums over all of it.
  void update_state(int64_t samples);

  // All that a file must hold, as views: parameters in the order of layout(), then state.
  const std::vector<formats::NamedTensor>& tensors() const { return tensors_; }

  // Floating-point operations (a multiply-add is two) of the network for one observation.
  struct Arithmetic {
    double forward = 0;
    double backward = 0;  // without the gradient of the observation
  };
  Arithmetic arithmetic() const;

 private:
  // What the forward pass needs of a layer.
  struct Step {
    size_t first_weight;         // of its parameters, in weights_
    torch::Tensor state, sums;   // views of state_ and sums_; undefined without state
    std::vector<size_t> unused;  // outputs that nothing uses after it
  };
  void lay_out_parameters();
  void bind(torch::Device device);
  void find_unused_outputs();

  NetworkConfig config_;
  NetworkInterface interface_;
  NetworkSpec spec_;
  std::vector<Parameter> layout_;
  std::vector<Step> steps_;  // of each layer
  torch::ScalarType computes_in_ = torch::kFloat32;
  torch::Tensor parameters_, state_, sums_, gradients_;
  std::vector<torch::Tensor> leaves_;   // views into parameters_, their gradients views into gradients_
  std::vector<torch::Tensor> weights_;  // what is computed with: the leaves, or rounded copies
  std::vector<formats::NamedTensor> tensors_;
};

}  // namespace mazescan::policy
