#include "policy/network.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

namespace mazescan::policy {

namespace {

constexpr auto kLayout = torch::MemoryFormat::ChannelsLast;  // the faster one for these convolutions

// Returns gain times a matrix with orthonormal rows or columns, whichever are fewer (Saxe et al., 2013).
torch::Tensor orthogonal(int64_t rows, int64_t columns, double gain, RandomStream& random) {
  torch::Tensor normal = torch::empty({std::max(rows, columns), std::min(rows, columns)}, torch::kFloat64);
  double* values = normal.data_ptr<double>();
  for (int64_t i = 0; i < normal.numel(); ++i) {  // Box-Muller
    const double u = (random.next() + 1.0) / 4294967296.0, angle = 2 * M_PI * (random.next() / 4294967296.0);
    values[i] = std::sqrt(-2 * std::log(u)) * std::cos(angle);
  }
  auto [q, r] = torch::linalg_qr(normal);
  q = q * torch::sign(torch::diagonal(r));  // makes the distribution uniform
  return (rows >= columns ? q : q.t()).mul(gain).to(torch::kFloat32).contiguous();
}

}  // namespace

Network::Network(const NetworkConfig& config, const NetworkInterface& interface, torch::Device device,
                 int64_t max_parameters)
    : config_(config.completed()),
      interface_(interface),
      spec_(network_spec(config_, interface, max_parameters)) {
  lay_out_parameters();
  bind(device);
  find_unused_outputs();
}

// Assigns every parameter an offset in the flat buffers.
void Network::lay_out_parameters() {
  int64_t offset = 0;
  for (const LayerSpec& layer : spec_.layers) {
    steps_.push_back({layout_.size(), {}, {}, {}});
    for (const TensorSpec& tensor : layer.parameters) {
      const int64_t count = element_count(tensor.shape);
      layout_.push_back({layer.name + "." + tensor.name, tensor.shape, offset, count, tensor.gain});
      offset += count;
    }
  }
}

// Leaves are detached views of the flat buffer, and their gradients are set beforehand to views of the other
// one: autograd then adds to the flat gradient in place.
void Network::bind(torch::Device device) {
  const int64_t total = layout_.back().offset + layout_.back().count;
  int64_t state_count = 0;
  for (const LayerSpec& layer : spec_.layers)
    if (layer.state) state_count += element_count(layer.state->shape);
  const auto options = torch::TensorOptions(device).dtype(torch::kFloat32);
  parameters_ = torch::zeros({total}, options);
  state_ = torch::zeros({state_count}, options);
  sums_ = torch::zeros({total + state_count}, options);
  gradients_ = sums_.narrow(0, 0, total);
  for (const auto& p : layout_) {
    torch::Tensor leaf = parameters_.narrow(0, p.offset, p.count).view(p.shape).detach().requires_grad_();
    leaf.mutable_grad() = gradients_.narrow(0, p.offset, p.count).view(p.shape);
    leaves_.push_back(leaf);
    tensors_.push_back({p.name, leaf.detach()});
  }
  weights_ = leaves_;
  int64_t offset = 0;
  for (size_t i = 0; i < spec_.layers.size(); ++i) {
    const LayerSpec& layer = spec_.layers[i];
    if (!layer.state) continue;
    const int64_t count = element_count(layer.state->shape);
    steps_[i].state = state_.narrow(0, offset, count).view(layer.state->shape);
    steps_[i].sums = sums_.narrow(0, total + offset, count).view(layer.state->shape);
    tensors_.push_back({layer.name + "." + layer.state->name, steps_[i].state});
    offset += count;
  }
}

// Finds for each layer the outputs that no later layer uses. Output 0 is the network's input, output i + 1 is
// layer i's.
void Network::find_unused_outputs() {
  std::vector<bool> used_later(spec_.layers.size() + 1);
  for (const int layer : {spec_.outputs.logits, spec_.outputs.value})
    used_later[static_cast<size_t>(layer + 1)] = true;
  for (size_t i = spec_.layers.size(); i-- > 0;) {
    std::vector<int> used = spec_.layers[i].inputs;
    used.push_back(static_cast<int>(i));
    for (const int layer : used) {
      const auto output = static_cast<size_t>(layer + 1);
      if (!used_later[output]) steps_[i].unused.push_back(output);
      used_later[output] = true;
    }
  }
}

void Network::compute_in(torch::ScalarType type) {
  computes_in_ = type;
  weights_.clear();
  for (const torch::Tensor& leaf : leaves_)
    weights_.push_back(type == torch::kFloat32 ? leaf : leaf.detach().to(type));
}

void Network::initialise(RandomStream& random) {
  torch::NoGradGuard no_grad;
  for (const auto& p : layout_) {
    torch::Tensor target = parameters_.narrow(0, p.offset, p.count);
    if (p.gain == 0) {
      target.zero_();
    } else {
      target.copy_(orthogonal(p.shape[0], p.count / p.shape[0], p.gain, random).view({p.count}));
    }
  }
  state_.zero_();
}

torch::Tensor Network::preprocess(const torch::Tensor& observations) const {
  const torch::Tensor x = observations.to(torch::kFloat32).contiguous(kLayout);
  return interface_.input_scale != 1 ? x * interface_.input_scale : x;
}

Network::Output Network::forward_preprocessed(const torch::Tensor& input, const TapFunction& tap) const {
  std::vector<torch::Tensor> outputs(spec_.layers.size() + 1), inputs;
  outputs[0] = input.to(computes_in_);
  for (size_t i = 0; i < spec_.layers.size(); ++i) {
    const LayerSpec& layer = spec_.layers[i];
    const Step& step = steps_[i];
    for (const int from : layer.inputs) inputs.push_back(outputs[static_cast<size_t>(from + 1)]);
    const torch::TensorList weights(weights_.data() + step.first_weight, layer.parameters.size());
    torch::Tensor output = layer.operation->forward(inputs, weights, step.state);
    inputs.clear();
    if (layer.state && torch::GradMode::is_enabled()) {
      const torch::NoGradGuard no_grad;
      step.sums.add_(layer.operation->sum_for_state(output.detach()));
    }
    if (tap) output = tap(layer.name, output.to(torch::kFloat32)).to(computes_in_);
    outputs[i + 1] = std::move(output);
    for (const size_t unused : step.unused) outputs[unused].reset();
  }
  return {outputs[static_cast<size_t>(spec_.outputs.logits + 1)].to(torch::kFloat32),
          outputs[static_cast<size_t>(spec_.outputs.value + 1)].squeeze(1).to(torch::kFloat32)};
}

void Network::update_state(int64_t samples) {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < spec_.layers.size(); ++i)
    if (spec_.layers[i].state)
      spec_.layers[i].operation->update_state(steps_[i].state, steps_[i].sums, samples);
}

Network::Arithmetic Network::arithmetic() const {
  Arithmetic sum;
  for (const LayerSpec& layer : spec_.layers) {
    const double flops = 2 * layer.operation->multiply_adds(layer);
    const bool reads_observation = layer.inputs == std::vector<int>{LayerSpec::kObservation};
    sum.forward += flops;
    sum.backward += reads_observation ? flops : 2 * flops;
  }
  return sum;
}

}  // namespace mazescan::policy
