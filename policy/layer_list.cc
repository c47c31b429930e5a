#include "policy/layer_list.h"

#include <torch/types.h>

#include <utility>

#include "policy/convolution.h"
#include "policy/max_pooling.h"

namespace mazescan::policy {

namespace {

class Conv : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList weights,
                        const torch::Tensor& /*state*/) const override {
    return convolve(inputs[0], weights[0], weights[1]);
  }
};

class MaxPool : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& /*state*/) const override {
    return max_pool(inputs[0]);
  }
};

class Add : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& /*state*/) const override {
    return inputs[0] + inputs[1];
  }
};

class Flatten : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& /*state*/) const override {
    return inputs[0].contiguous().flatten(1);  // in C, H, W order for every memory layout
  }
};

class Linear : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList weights,
                        const torch::Tensor& /*state*/) const override {
    return torch::addmm(weights[1], inputs[0], weights[0].t());
  }
};

template <class Kind>
const std::shared_ptr<const Operation>& shared() {
  static const std::shared_ptr<const Operation> operation = std::make_shared<Kind>();
  return operation;
}

int64_t pooled(int64_t side) {
  return (side + 1) / 2;
}

}  // namespace

LayerSpec make_layer(const std::string& name, const std::string& kind, std::vector<int> inputs, Shape shape,
                     std::shared_ptr<const Operation> operation) {
  LayerSpec layer;
  layer.name = name;
  layer.kind = kind;
  layer.inputs = std::move(inputs);
  layer.shape = std::move(shape);
  layer.operation = std::move(operation);
  return layer;
}

LayerList::LayerList(const NetworkConfig& config, const NetworkInterface& interface, int64_t max_parameters)
    : observation_{interface.channels, interface.height, interface.width},
      max_parameters_(max_parameters),
      activation_kind_(config.activation),
      activation_options_(config.activation_options),
      activation_(
          find_named(activations(), config.activation, "activation function").make(activation_options_)) {}

const Shape& LayerList::shape(int layer) const {
  return layer == LayerSpec::kObservation ? observation_ : layers_.at(static_cast<size_t>(layer)).shape;
}

void LayerList::count(int64_t parameters, const std::string& layer) {
  require(parameters_ + parameters <= max_parameters_,
          lazy("a network of more than {} parameters", max_parameters_),
          lazy("layer '{}' would be its {}th to {}th", layer, parameters_ + 1, parameters_ + parameters),
          "fewer or smaller layers");
  parameters_ += parameters;
}

int LayerList::append(LayerSpec layer) {
  const int index = static_cast<int>(layers_.size());
  expect(names_.insert(layer.name).second, "every layer has a name of its own");
  for (const int input : layer.inputs)
    expect(input >= LayerSpec::kObservation && input < index, "a layer reads earlier ones");
  for (const TensorSpec& parameter : layer.parameters) count(element_count(parameter.shape), layer.name);
  layer.state = layer.operation->state(layer.shape);
  if (layer.state) count(element_count(layer.state->shape), layer.name);
  layers_.push_back(std::move(layer));
  return index;
}

int LayerList::conv(const std::string& name, int input, int64_t channels, double gain) {
  const Shape& in = shape(input);
  LayerSpec layer = make_layer(name, "conv", {input}, {channels, in[1], in[2]}, shared<Conv>());
  layer.parameters = {{"weight", {channels, in[0], 3, 3}, gain}, {"bias", {channels}}};
  return append(std::move(layer));
}

int LayerList::maxpool(const std::string& name, int input) {
  const Shape& in = shape(input);
  return append(
      make_layer(name, "maxpool", {input}, {in[0], pooled(in[1]), pooled(in[2])}, shared<MaxPool>()));
}

int LayerList::activation(const std::string& name, int input) {
  LayerSpec layer = make_layer(name, activation_kind_, {input}, shape(input), activation_);
  layer.options = activation_options_.values();
  layer.repeats_input = true;
  return append(std::move(layer));
}

int LayerList::add(const std::string& name, int first, int second) {
  return append(make_layer(name, "add", {first, second}, shape(first), shared<Add>()));
}

int LayerList::flatten(const std::string& name, int input) {
  LayerSpec layer = make_layer(name, "flatten", {input}, {element_count(shape(input))}, shared<Flatten>());
  layer.repeats_input = true;
  return append(std::move(layer));
}

int LayerList::linear(const std::string& name, int input, int64_t width, double gain) {
  LayerSpec layer = make_layer(name, "linear", {input}, {width}, shared<Linear>());
  layer.parameters = {{"weight", {width, shape(input)[0]}, gain}, {"bias", {width}}};
  return append(std::move(layer));
}

}  // namespace mazescan::policy
