// Measures the convolutions and poolings of a policy's network, by the kernels of policy/kernels and by libtorch, in
// one run on one core.
//   convolution_bench
// Prints a JSON list of rows {name, value, unit}: states per second of processor time.
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "benchmarks/processor_seconds.h"
#include "cluster/program.h"
#include "policy/convolution.h"
#include "policy/max_pooling.h"
#include "policy/network.h"
#include "policy/threads.h"

using namespace mazescan;

namespace {

using torch::Tensor;

constexpr int64_t kStates = 64;

// One layer with inputs and a gradient of its output.
struct Layer {
  bool pools, needs_input_gradient;
  Tensor input, weight, bias, slope;
};

Tensor random_maps(const policy::Shape& shape) {
  return torch::randn({kStates, shape[0], shape[1], shape[2]}).contiguous(torch::MemoryFormat::ChannelsLast);
}

std::vector<Layer> layers_of(const policy::Network& network) {
  std::vector<Layer> layers;
  for (const policy::LayerSpec& spec : network.layers()) {
    const bool pools = spec.kind == "maxpool";
    if (!pools && spec.kind != "conv") continue;
    const int from = spec.inputs.front();
    const policy::Shape shape = from == policy::LayerSpec::kObservation
                                    ? policy::Shape{3, network.interface().height, network.interface().width}
                                    : network.layers()[static_cast<size_t>(from)].shape;
    Layer layer{
        pools, from != policy::LayerSpec::kObservation, random_maps(shape), {}, {}, random_maps(spec.shape)};
    layer.input.requires_grad_(layer.needs_input_gradient);
    if (!pools) {
      layer.weight = torch::randn(spec.parameters[0].shape).mul(0.1).requires_grad_();
      layer.bias = torch::randn(spec.parameters[1].shape).requires_grad_();
    }
    layers.push_back(layer);
  }
  return layers;
}

Tensor ours(const Layer& layer) {
  return layer.pools ? policy::max_pool(layer.input)
                     : policy::convolve(layer.input, layer.weight, layer.bias);
}

Tensor libtorchs(const Layer& layer) {
  return layer.pools ? torch::max_pool2d(layer.input, 3, 2, 1)
                     : torch::conv2d(layer.input, layer.weight, layer.bias, 1, 1);
}

// The states that a second of processor time computes, in the fastest of several repetitions.
double rate(const std::vector<Layer>& layers, Tensor (*compute)(const Layer&), bool backward) {
  double best = 0;
  for (int repetition = 0; repetition < 12; ++repetition) {
    const double begin = processor_seconds();
    const torch::AutoGradMode gradients(backward);
    for (const Layer& layer : layers) {
      const Tensor output = compute(layer);
      if (!backward) continue;
      std::vector<Tensor> inputs;
      for (const Tensor& input : {layer.input, layer.weight, layer.bias})
        if (input.defined() && input.requires_grad()) inputs.push_back(input);
      torch::autograd::grad({output}, inputs, {layer.slope});
    }
    best = std::max(best, kStates / (processor_seconds() - begin));
  }
  return best;
}

int run() {
  policy::use_one_compute_thread();
  nlohmann::json rows;
  const auto add = [&](const std::string& name, double value) {
    rows.push_back({{"name", "convolutions/" + name}, {"value", value}, {"unit", "states/s of a core"}});
  };
  for (const auto& [name, side] : {std::pair{"planes25", 25}, {"planes9", 9}, {"rgb", 64}}) {
    const auto layers = layers_of(policy::Network({}, {3, side, side, 1, 5}));
    for (const bool backward : {false, true}) {
      const std::string pass = std::string(name) + (backward ? "/forward_backward" : "/forward");
      add(pass, rate(layers, ours, backward));
      add(pass + "/libtorch", rate(layers, libtorchs, backward));
      if (!policy::multiplies_bfloat16()) continue;
      const policy::Bfloat16Convolutions rounded;
      add(pass + "/bfloat16", rate(layers, ours, backward));
    }
  }
  std::cout << rows.dump(1) << "\n";
  return 0;
}

}  // namespace

int main() {
  return cluster::run_program("convolution_bench", run);
}
