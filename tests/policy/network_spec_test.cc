#include "policy/network_spec.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include "policy/formats/pth.h"
#include "policy/policy_file.h"
#include "tests/policy/sample_network.h"
#include "tests/storage/temporary_folder.h"

// Expects that everything that lists layers uses the specification's list.
namespace mazescan::policy {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

const NetworkInterface kInterface{3, 9, 7, 0.5, 4};

std::vector<NetworkConfig> sample_configs() {
  std::vector<NetworkConfig> configs = {
      {{3, 4}, 1, 6, "relu"}, {{2}, 0, 5, "tanh"}, {{1, 2, 3}, 3, 1, "elu"}};
  configs.push_back({{3, 4}, 2, 6, "leaky_relu"});
  configs.back().activation_options = Options({{"negative_slope", 0.3}});
  return configs;
}

TEST(NetworkSpec, IsTheImpalaNetwork) {
  const NetworkSpec spec = network_spec({{3, 4}, 1, 6, "gelu"}, kInterface, Network::kMaxParameters);
  std::vector<std::string> names, kinds;
  std::vector<std::vector<int>> inputs;
  std::vector<Shape> shapes;
  for (const LayerSpec& layer : spec.layers) {
    names.push_back(layer.name.substr(layer.name.find('.') + 1));
    kinds.push_back(layer.kind);
    inputs.push_back(layer.inputs);
    shapes.push_back(layer.shape);
  }
  EXPECT_THAT(names, ElementsAre("block1.conv", "block1.maxpool", "block1.res1.relu1", "block1.res1.conv1",
                                 "block1.res1.relu2", "block1.res1.conv2", "block1.res1.resadd",
                                 "block2.conv", "block2.maxpool", "block2.res1.relu1", "block2.res1.conv1",
                                 "block2.res1.relu2", "block2.res1.conv2", "block2.res1.resadd", "relu2",
                                 "flatten", "fc", "relufc", "fc_policy", "fc_value"));
  EXPECT_THAT(kinds, ElementsAre("conv", "maxpool", "gelu", "conv", "gelu", "conv", "add", "conv", "maxpool",
                                 "gelu", "conv", "gelu", "conv", "add", "gelu", "flatten", "linear", "gelu",
                                 "linear", "linear"));
  using In = std::vector<int>;
  EXPECT_THAT(inputs,
              ElementsAre(In{-1}, In{0}, In{1}, In{2}, In{3}, In{4}, In({1, 5}), In{6}, In{7}, In{8}, In{9},
                          In{10}, In{11}, In({8, 12}), In{13}, In{14}, In{15}, In{16}, In{17}, In{17}));
  EXPECT_EQ(shapes[0], (Shape{3, 9, 7}));
  EXPECT_EQ(shapes[6], (Shape{3, 5, 4}));
  EXPECT_EQ(shapes[13], (Shape{4, 3, 2}));
  EXPECT_EQ(shapes[15], Shape{24});
  EXPECT_EQ(spec.outputs.logits, 18);
  EXPECT_EQ(spec.outputs.value, 19);
}

TEST(NetworkSpec, TapsAndParametersFollowFromIt) {
  for (const NetworkConfig& config : sample_configs()) {
    const Network network(config, kInterface);
    std::vector<std::string> layers, parameters;
    for (const LayerSpec& layer : network.layers()) {
      layers.push_back(layer.name);
      for (const TensorSpec& parameter : layer.parameters)
        parameters.push_back(layer.name + "." + parameter.name);
    }
    std::vector<std::string> tapped, laid_out, named;
    network.forward(sample_observations(network, 2), [&](const std::string& name, torch::Tensor output) {
      EXPECT_EQ(output.sizes().slice(1), at::IntArrayRef(network.layers()[tapped.size()].shape)) << name;
      tapped.push_back(name);
      return output;
    });
    for (const auto& parameter : network.layout()) laid_out.push_back(parameter.name);
    for (const auto& tensor : network.tensors()) named.push_back(tensor.name);
    EXPECT_EQ(tapped, layers);
    EXPECT_EQ(laid_out, parameters);
    EXPECT_EQ(named, parameters) << "no state";
    EXPECT_EQ(network.state().numel(), 0);
  }
}

// Tests the names in both file formats, in any order. Reading a written file gives the same network.
TEST(NetworkSpec, FilesHaveItsNames) {
  for (const NetworkConfig& config : sample_configs()) {
    Network network(config, kInterface);
    RandomStream random(5, "weights");
    network.initialise(random);
    const std::string bytes = encode_policy(network, "world: 5\n", "{}");
    const Policy policy = decode_policy(bytes, "p");
    EXPECT_EQ(policy.network.config().activation_options.values(),
              network.config().activation_options.values());
    EXPECT_EQ(encode_policy(policy.network, "world: 5\n", "{}"), bytes);
    const formats::PthFile pth = formats::decode_pth(encode_pth(policy), "p");
    ASSERT_EQ(pth.weights.size(), network.layout().size());
    for (const auto& [name, values] : network.tensors())
      EXPECT_TRUE(torch::equal(pth.weights.at(name), values)) << name;
  }
}

TEST(NetworkSpec, ActivationFunctionsAndFlattenRepeatTheirInput) {
  const Network network({{3}, 1, 6, "silu"}, kInterface);
  std::vector<std::string> repeating;
  for (const LayerSpec& layer : network.layers())
    if (layer.repeats_input) repeating.push_back(layer.name);
  EXPECT_THAT(repeating, ElementsAreArray({"embedder.block1.res1.relu1", "embedder.block1.res1.relu2",
                                           "embedder.relu1", "embedder.flatten", "embedder.relufc"}));
}

TEST(NetworkSpec, UnknownNamesAreRefusedWithTheNearest) {
  EXPECT_USER_ERROR(Network({{3}, 1, 6, "gulu"}, kInterface), "did you mean 'gelu'?");
  NetworkConfig config;
  config.head = "fd";
  EXPECT_USER_ERROR(Network(config, kInterface), "did you mean 'fc'?");
  EXPECT_USER_ERROR(parse_config<NetworkConfig>("activation: sulu\n", "c.yaml"), "did you mean 'silu'?");
  EXPECT_USER_ERROR(parse_config<NetworkConfig>("activation: sulu\n", "c.yaml"), "c.yaml:1:13");
  EXPECT_USER_ERROR(parse_config<NetworkConfig>("head: attention_pooling\n", "c.yaml"), "one of fc");
}

}  // namespace
}  // namespace mazescan::policy
