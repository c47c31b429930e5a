#include "policy/network_spec.h"

#include <fmt/ranges.h>
#include <torch/types.h>

#include <algorithm>

#include "policy/layer_list.h"

namespace mazescan::policy {

namespace {

std::string block_name(size_t block) {
  return fmt::format("embedder.block{}", block + 1);
}

std::string residual_name(size_t block, int residual) {
  return fmt::format("{}.res{}", block_name(block), residual + 1);
}

constexpr const char* kConv = ".conv";
constexpr const char* kFirstConv = ".conv1";

int residual_block(LayerList& layers, const std::string& name, int x) {
  const int64_t channels = layers.shape(x)[0];
  int y = layers.activation(name + ".relu1", x);
  y = layers.conv(name + kFirstConv, y, channels, kHiddenGain);
  y = layers.activation(name + ".relu2", y);
  y = layers.conv(name + ".conv2", y, channels, kSecondConvGain);
  return layers.add(name + ".resadd", x, y);
}

}  // namespace

NetworkSpec network_spec(const NetworkConfig& config, const NetworkInterface& interface,
                         int64_t max_parameters) {
  require(interface.channels > 0 && interface.height > 0 && interface.width > 0 && interface.actions > 0,
          lazy("a network for {}x{}x{} observations and {} actions", interface.channels, interface.height,
               interface.width, interface.actions),
          "all of them must be positive", "check the environment section");
  const NetworkConfig complete = config.completed();
  LayerList layers(complete, interface, max_parameters);
  int x = LayerSpec::kObservation;
  for (size_t block = 0; block < config.channels.size(); ++block) {
    x = layers.conv(block_name(block) + kConv, x, config.channels[block], kHiddenGain);
    x = layers.maxpool(block_name(block) + ".maxpool", x);
    for (int residual = 0; residual < config.residual_blocks; ++residual)
      x = residual_block(layers, residual_name(block, residual), x);
  }
  x = layers.activation(fmt::format("embedder.relu{}", config.channels.size()), x);
  const OutputLayers outputs = find_named(heads(), config.head, "head").build(layers, x, complete, interface);
  expect(layers.shape(outputs.logits) == Shape{interface.actions} && layers.shape(outputs.value) == Shape{1},
         "a head gives a logit for each action and one value");
  return {layers.take(), outputs};
}

NetworkConfig network_config_of(const std::map<std::string, torch::Tensor>& weights,
                                const std::string& name) {
  const auto rows = [&](const std::string& layer) -> int64_t {
    const auto found = weights.find(layer + ".weight");
    return found == weights.end() || found->second.dim() == 0 ? 0 : found->second.size(0);
  };
  // Numbers that do not fit an int are rejected later, when the shapes are compared.
  const auto narrow = [](int64_t value) { return static_cast<int>(std::min<int64_t>(value, 1 << 30)); };
  NetworkConfig config;
  config.channels.clear();
  while (const int64_t channels = rows(block_name(config.channels.size()) + kConv))
    config.channels.push_back(narrow(channels));
  config.residual_blocks = 0;
  while (rows(residual_name(0, config.residual_blocks) + kFirstConv) > 0) ++config.residual_blocks;
  config.fc = narrow(rows("embedder.fc"));
  if (!config.channels.empty() && config.fc > 0 && rows("fc_policy") > 0 && rows("fc_value") > 0)
    return config;
  std::vector<std::string> names;
  for (const auto& [weight, values] : weights)
    if (names.size() < 6) names.push_back(weight.substr(0, 60));
  throw UserError(fmt::format("{}: not the weights of a maze policy, but {}", name,
                              names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "))),
                  "those are named embedder.block1.conv.weight, ..., embedder.fc.weight, fc_policy.weight, "
                  "fc_value.weight",
                  "give the state_dict of such a network");
}

}  // namespace mazescan::policy
