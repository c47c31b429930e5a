#include "tests/policy/naive_network.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace mazescan {

namespace {

using Values = NaiveNetwork::Values;

struct Map {
  int channels, height, width;
  Values values;
  double& at(int c, int y, int x) { return values[(c * height + y) * width + x]; }
  double padded(int c, int y, int x, double outside) const {
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? values[(c * height + y) * width + x] : outside;
  }
};

Map convolve(const Map& in, const Values& weight, const Values& bias) {
  Map out{static_cast<int>(bias.size()), in.height, in.width, Values(bias.size() * in.height * in.width)};
  for (int o = 0; o < out.channels; ++o)
    for (int y = 0; y < in.height; ++y)
      for (int x = 0; x < in.width; ++x) {
        double sum = bias[o];
        for (int c = 0; c < in.channels; ++c)
          for (int dy = 0; dy < 3; ++dy)
            for (int dx = 0; dx < 3; ++dx)
              sum +=
                  weight[((o * in.channels + c) * 3 + dy) * 3 + dx] * in.padded(c, y + dy - 1, x + dx - 1, 0);
        out.at(o, y, x) = sum;
      }
  return out;
}

Map pool(const Map& in) {
  const int height = (in.height + 1) / 2, width = (in.width + 1) / 2;
  Map out{in.channels, height, width, Values(in.channels * height * width)};
  for (int c = 0; c < in.channels; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        double top = -INFINITY;
        for (int dy = -1; dy <= 1; ++dy)
          for (int dx = -1; dx <= 1; ++dx)
            top = std::max(top, in.padded(c, 2 * y + dy, 2 * x + dx, -INFINITY));
        out.at(c, y, x) = top;
      }
  return out;
}

Values multiply(const Values& in, const Values& weight, const Values& bias) {
  Values out = bias;
  for (size_t o = 0; o < out.size(); ++o)
    for (size_t i = 0; i < in.size(); ++i) out[o] += weight[o * in.size() + i] * in[i];
  return out;
}

double activation(const policy::NetworkConfig& config, double x) {
  const std::string& name = config.activation;
  const auto option = [&](const char* key, double standard) {
    const auto& values = config.activation_options.values();
    return values.count(key) == 0 ? standard : values.at(key);
  };
  if (name == "relu") return std::max(x, 0.0);
  if (name == "leaky_relu") return x > 0 ? x : option("negative_slope", 0.01) * x;
  if (name == "elu") return x > 0 ? x : option("alpha", 1) * std::expm1(x);
  if (name == "gelu") return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
  if (name == "silu") return x / (1 + std::exp(-x));
  if (name == "tanh") return std::tanh(x);
  throw std::logic_error("naive_network.cc does not know the activation function " + name);
}

// Computes k-winners: which of the competitors, given by index, stay.
void keep_winners(Values& values, const std::vector<size_t>& competitors, double fraction) {
  const size_t count = std::max(1L, std::lround(fraction * static_cast<double>(competitors.size())));
  Values sorted;
  for (const size_t i : competitors) sorted.push_back(values[i]);
  std::sort(sorted.rbegin(), sorted.rend());
  const double threshold = count < sorted.size() ? sorted[count] : -INFINITY;
  for (const size_t i : competitors)
    if (values[i] <= std::max(threshold, 0.0)) values[i] = 0;
}

// Applies the activation function to a map with this number of cells; 1: not a map.
void activate(const policy::NetworkConfig& config, Values& values, size_t cells) {
  const std::string& name = config.activation;
  if (name.rfind("kwta", 0) != 0) {
    for (double& value : values) value = activation(config, value);
    return;
  }
  const double fraction = config.activation_options.at("fraction");
  const bool is_map = cells > 1;
  const auto group_of = [&](size_t i) {
    if (name == "kwta_channel" && is_map) return i / cells;
    if (name == "kwta_cell" && is_map) return i % cells;
    return size_t{0};
  };
  std::map<size_t, std::vector<size_t>> groups;
  for (size_t i = 0; i < values.size(); ++i) groups[group_of(i)].push_back(i);
  for (const auto& [group, competitors] : groups) keep_winners(values, competitors, fraction);
}

}  // namespace

NaiveNetwork::NaiveNetwork(const policy::Network& network)
    : config_(network.config()), interface_(network.interface()) {
  const auto* all = network.parameters().data_ptr<float>();
  for (const auto& p : network.layout()) weights[p.name] = Values(all + p.offset, all + p.offset + p.count);
}

NaiveNetwork::Output NaiveNetwork::forward(const Values& observation, const Edit& edit) const {
  Output out;
  const auto tap = [&](const std::string& name, Values& values) {
    if (edit) edit(name, values);
    out.taps[name] = values;
  };
  Map x{interface_.channels, interface_.height, interface_.width, observation};
  for (double& v : x.values) v *= interface_.input_scale;
  for (size_t b = 1; b <= config_.channels.size(); ++b) {
    const std::string block = fmt::format("embedder.block{}", b);
    x = convolve(x, weights.at(block + ".conv.weight"), weights.at(block + ".conv.bias"));
    tap(block + ".conv", x.values);
    x = pool(x);
    tap(block + ".maxpool", x.values);
    for (int r = 1; r <= config_.residual_blocks; ++r) {
      const std::string res = fmt::format("{}.res{}", block, r);
      Map y = x;
      for (const int part : {1, 2}) {
        activate(config_, y.values, y.height * y.width);
        tap(fmt::format("{}.relu{}", res, part), y.values);
        const std::string conv = fmt::format("{}.conv{}", res, part);
        y = convolve(y, weights.at(conv + ".weight"), weights.at(conv + ".bias"));
        tap(conv, y.values);
      }
      for (size_t i = 0; i < y.values.size(); ++i) x.values[i] += y.values[i];
      tap(res + ".resadd", x.values);
    }
  }
  Values flat = x.values;
  activate(config_, flat, x.height * x.width);
  tap(fmt::format("embedder.relu{}", config_.channels.size()), flat);
  tap("embedder.flatten", flat);
  flat = multiply(flat, weights.at("embedder.fc.weight"), weights.at("embedder.fc.bias"));
  tap("embedder.fc", flat);
  activate(config_, flat, 1);
  tap("embedder.relufc", flat);
  out.logits = multiply(flat, weights.at("fc_policy.weight"), weights.at("fc_policy.bias"));
  tap("fc_policy", out.logits);
  Values value = multiply(flat, weights.at("fc_value.weight"), weights.at("fc_value.bias"));
  tap("fc_value", value);
  out.value = value[0];
  return out;
}

}  // namespace mazescan
