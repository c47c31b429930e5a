#include "policy/network.h"

#include <torch/torch.h>

#include <cmath>
#include <numeric>

namespace mazescan {

namespace {

constexpr auto kLayout = torch::MemoryFormat::ChannelsLast;  // the faster one for these convolutions

int64_t product(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

int pooled(int side) {
  return (side + 1) / 2;
}  // maxpool 3, stride 2, padding 1

// A matrix with orthonormal rows or columns, whichever are fewer (Saxe et al., 2013), times gain.
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
                 int64_t most_parameters)
    : config_(config), interface_(interface), most_parameters_(most_parameters) {
  require(interface.channels > 0 && interface.height > 0 && interface.width > 0 && interface.actions > 0,
          fmt::format("a network for {}x{}x{} observations and {} actions", interface.channels,
                      interface.height, interface.width, interface.actions),
          "all of them must be positive", "check the environment section");
  const double relu_gain = std::sqrt(2.0);
  int64_t in = interface.channels, height = interface.height, width = interface.width;
  const auto tap = [&](const std::string& name, std::vector<int64_t> shape) {
    taps_.push_back({name, std::move(shape)});
  };
  for (size_t b = 0; b < config.channels.size(); ++b) {
    const int64_t out = config.channels[b];
    const std::string block = fmt::format("embedder.block{}", b + 1);
    blocks_.push_back({add_layer(block + ".conv", {out, in, 3, 3}, relu_gain), {}});
    tap(block + ".conv", {out, height, width});
    height = pooled(static_cast<int>(height));
    width = pooled(static_cast<int>(width));
    tap(block + ".maxpool", {out, height, width});
    for (int r = 1; r <= config.residual_blocks; ++r) {
      const std::string residual = fmt::format("{}.res{}", block, r);
      const Conv first = add_layer(residual + ".conv1", {out, out, 3, 3}, relu_gain);
      const Conv second = add_layer(residual + ".conv2", {out, out, 3, 3}, 0.5);
      blocks_.back().residual.emplace_back(first, second);
      for (const char* part : {".relu1", ".conv1", ".relu2", ".conv2", ".resadd"})
        tap(residual + part, {out, height, width});
    }
    in = out;
  }
  const int64_t features = in * height * width;
  tap(fmt::format("embedder.relu{}", blocks_.size()), {in, height, width});
  tap("embedder.flatten", {features});
  fc_ = add_layer("embedder.fc", {config.fc, features}, relu_gain);
  tap("embedder.fc", {config.fc});
  tap("embedder.relufc", {config.fc});
  policy_head_ = add_layer("fc_policy", {interface.actions, config.fc}, 0.01);
  tap("fc_policy", {interface.actions});
  value_head_ = add_layer("fc_value", {1, config.fc}, 1.0);
  tap("fc_value", {1});
  bind_parameters(device);
}

Network::Conv Network::add_layer(const std::string& name, std::vector<int64_t> weight_shape, double gain) {
  const auto add = [&](const std::string& part, std::vector<int64_t> shape, double part_gain) {
    const int64_t offset = layout_.empty() ? 0 : layout_.back().offset + layout_.back().count;
    const int64_t count = product(shape);
    require(offset + count <= most_parameters_,
            fmt::format("a network of more than {} parameters", most_parameters_),
            fmt::format("layer '{}' would be its {}th to {}th", name, offset + 1, offset + count),
            "fewer or smaller layers");
    layout_.push_back({name + part, std::move(shape), offset, count, part_gain});
    return layout_.size() - 1;
  };
  const int64_t out = weight_shape[0];
  const size_t weight = add(".weight", std::move(weight_shape), gain);
  return {weight, add(".bias", {out}, 0)};
}

// Leaves are detached views of the flat buffer, and their gradients are set beforehand to views of the other
// one: autograd then adds to the flat gradient in place.
void Network::bind_parameters(torch::Device device) {
  const int64_t total = layout_.back().offset + layout_.back().count;
  const auto options = torch::TensorOptions(device).dtype(torch::kFloat32);
  parameters_ = torch::zeros({total}, options);
  gradients_ = torch::zeros({total}, options);
  for (const auto& p : layout_) {
    torch::Tensor leaf = parameters_.narrow(0, p.offset, p.count).view(p.shape).detach().requires_grad_();
    leaf.mutable_grad() = gradients_.narrow(0, p.offset, p.count).view(p.shape);
    leaves_.push_back(leaf);
  }
  weights_ = leaves_;
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
}

torch::Tensor Network::convolve(const torch::Tensor& x, const Conv& conv) const {
  return torch::conv2d(x, weights_[conv.weight], weights_[conv.bias], /*stride=*/1, /*padding=*/1);
}

torch::Tensor Network::linear(const torch::Tensor& x, const Conv& layer) const {
  return torch::addmm(weights_[layer.bias], x, weights_[layer.weight].t());
}

torch::Tensor Network::activate(const torch::Tensor& x) const {
  if (config_.activation == "relu") return torch::relu(x);
  if (config_.activation == "leaky_relu") return torch::leaky_relu(x);
  if (config_.activation == "elu") return torch::elu(x);
  if (config_.activation == "gelu") return torch::gelu(x);
  if (config_.activation == "silu") return torch::silu(x);
  return torch::tanh(x);
}

torch::Tensor Network::preprocess(const torch::Tensor& observations) const {
  const torch::Tensor x = observations.to(torch::kFloat32).contiguous(kLayout);
  return interface_.input_scale != 1 ? x * interface_.input_scale : x;
}

Network::Output Network::forward_preprocessed(const torch::Tensor& input, const TapFunction& tap) const {
  size_t next_tap = 0;
  const auto tapped = [&](torch::Tensor output) {
    const std::string& name = taps_[next_tap++].name;
    return tap ? tap(name, output.to(torch::kFloat32)).to(computes_in_) : output;
  };
  torch::Tensor x = input.to(computes_in_);
  for (const auto& block : blocks_) {
    x = tapped(convolve(x, block.conv));
    x = tapped(torch::max_pool2d(x, 3, 2, 1));
    for (const auto& [first, second] : block.residual) {
      torch::Tensor y = tapped(activate(x));
      y = tapped(convolve(y, first));
      y = tapped(activate(y));
      y = tapped(convolve(y, second));
      x = tapped(x + y);
    }
  }
  x = tapped(activate(x));
  x = tapped(x.contiguous().flatten(1));  // in C, H, W order, whatever the memory layout
  x = tapped(linear(x, fc_));
  x = tapped(activate(x));
  const torch::Tensor logits = tapped(linear(x, policy_head_));
  const torch::Tensor value = tapped(linear(x, value_head_));
  return {logits.to(torch::kFloat32), value.squeeze(1).to(torch::kFloat32)};
}

Network::Arithmetic Network::arithmetic() const {
  Arithmetic sum;
  size_t layer = 0;
  for (const auto& p : layout_) {
    if (p.gain == 0) continue;
    // A conv's weight is used once for every cell of its output map, which is its tap's shape.
    const std::string name = p.name.substr(0, p.name.rfind('.'));
    double cells = 1;
    for (const auto& tap : taps_)
      if (tap.name == name && tap.shape.size() == 3) cells = static_cast<double>(tap.shape[1] * tap.shape[2]);
    const double flops = 2.0 * static_cast<double>(p.count) * cells;
    sum.forward += flops;
    sum.backward += layer++ == 0 ? flops : 2 * flops;
  }
  return sum;
}

}  // namespace mazescan
