#pragma once
#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/random.h"

namespace mazescan {

// YAML section `network`: the IMPALA network of the maze literature (Espeholt et al., "IMPALA", 2018).
struct NetworkConfig {
  std::vector<int> channels = {16, 32, 32};
  int residual_blocks = 2;
  int fc = 256;
  std::string activation = "relu";

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("channels", channels, "channels of each block; a block halves the map",
          each<int>(between(1, 4096)));
    visit("residual_blocks", residual_blocks, "residual blocks in each block", between(0, 16));
    visit("fc", fc, "width of the fully connected layer before the heads", between(1, 65536));
    visit("activation", activation, "nonlinearity: relu, leaky_relu, elu, gelu, silu or tanh",
          one_of({"relu", "leaky_relu", "elu", "gelu", "silu", "tanh"}));
  }
};

// What a network reads and answers.
struct NetworkInterface {
  int channels = 3, height = 0, width = 0;  // of an observation, uint8
  double input_scale = 1;  // observations are multiplied by this: 1 for planes, 1/255 for pixels
  int actions = 0;
};

// Called with the output of every named layer, in order; what it returns takes the output's place. Recording
// returns the tensor as it came, an edit returns another of the same shape.
using TapFunction = std::function<torch::Tensor(const std::string& name, torch::Tensor output)>;

// Blocks of conv 3x3, maxpool 3/2/1 and residual blocks x + conv2(act(conv1(act(x)))); act, fc, act; two
// heads. All parameters stand in one flat float32 buffer and all gradients in another, so that the optimiser,
// clipping, all-reduce and files are one operation each. Layer names are those of the maze interpretability
// literature.
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

  // Orthogonal weights (gain sqrt 2; 0.5 for a residual block's second conv, 0.01 policy, 1 value), zero
  // biases.
  void initialise(RandomStream& random);

  // For inference only: from now on computes in bfloat16 or float16, with weights as they are at this moment.
  // Taps, logits and values stay float32. Back with float32.
  void compute_in(torch::ScalarType type);

  const NetworkConfig& config() const { return config_; }
  const NetworkInterface& interface() const { return interface_; }
  const std::vector<Parameter>& layout() const { return layout_; }
  torch::Tensor parameters() const { return parameters_; }  // [P] float32; writing to it changes the network
  torch::Tensor gradients() const { return gradients_; }    // [P] float32; backward adds to it
  torch::Tensor parameter(size_t index) const { return leaves_.at(index); }

  // Every tap with the shape of its output for one observation, in forward order.
  struct Tap {
    std::string name;
    std::vector<int64_t> shape;
  };
  const std::vector<Tap>& taps() const { return taps_; }

  // Floating-point operations (a multiply-add is two) of the network for one observation.
  struct Arithmetic {
    double forward = 0,
           backward = 0;  // backward: without the gradient of the observation, which nobody needs
  };
  Arithmetic arithmetic() const;

 private:
  struct Conv {
    size_t weight, bias;  // indices into layout_
  };
  struct Block {
    Conv conv;
    std::vector<std::pair<Conv, Conv>> residual;
  };
  Conv add_layer(const std::string& name, std::vector<int64_t> weight_shape, double gain);
  void bind_parameters(torch::Device device);
  torch::Tensor convolve(const torch::Tensor& x, const Conv& conv) const;
  torch::Tensor linear(const torch::Tensor& x, const Conv& layer) const;
  torch::Tensor activate(const torch::Tensor& x) const;

  NetworkConfig config_;
  NetworkInterface interface_;
  int64_t most_parameters_;
  std::vector<Parameter> layout_;
  std::vector<Block> blocks_;
  Conv fc_{}, policy_head_{}, value_head_{};
  torch::ScalarType computes_in_ = torch::kFloat32;
  torch::Tensor parameters_, gradients_;
  std::vector<torch::Tensor> leaves_;   // views into parameters_, their gradients views into gradients_
  std::vector<torch::Tensor> weights_;  // what is computed with: the leaves, or rounded copies
  std::vector<Tap> taps_;
};

}  // namespace mazescan
