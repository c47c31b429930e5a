#include "policy/head.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include "policy/formats/pth.h"
#include "policy/layer_list.h"
#include "policy/policy_file.h"
#include "tests/policy/sample_network.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::policy {
namespace {

using testing::ElementsAre;

// Defines a new kind of layer: a weighted mean over the cells of a map. The weights are a softmax over one
// score per cell.
class AttentionPool : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList weights,
                        const torch::Tensor& /*state*/) const override {
    const torch::Tensor map = inputs[0].flatten(2);               // [N, C, cells]
    const torch::Tensor scores = torch::matmul(weights[0], map);  // [N, 1, cells]
    return (map * torch::softmax(scores, 2)).sum(2);
  }
};

OutputLayers attention_head(LayerList& layers, int map, const NetworkConfig& config,
                            const NetworkInterface& interface) {
  const int64_t channels = layers.shape(map)[0];
  LayerSpec pool;
  pool.name = "embedder.attention";
  pool.kind = "attention_pool";
  pool.inputs = {map};
  pool.shape = {channels};
  pool.parameters = {{"weight", {1, channels}, config.head_options.at("gain")}};
  pool.operation = std::make_shared<AttentionPool>();
  const int pooled = layers.append(pool);
  const int logits = layers.linear("fc_policy", pooled, interface.actions, kPolicyGain);
  return {logits, layers.linear("fc_value", pooled, 1, kValueGain)};
}

class OwnHead : public testing::Test {
 protected:
  OwnHead() {
    heads().push_back({"attention", {{"gain", 2, 0, 10, "gain of the scores' weights"}}, attention_head});
  }
  ~OwnHead() override { heads().pop_back(); }

  static Network network() {
    NetworkConfig config{{3, 4}, 1, 6, "relu"};
    config.head = "attention";
    Network made(config, {3, 6, 5, 0.01, 4});
    RandomStream random(7, "weights");
    made.initialise(random);
    return made;
  }
};

TEST_F(OwnHead, TakesThePlaceOfTheFullyConnectedOne) {
  const Network net = network();
  std::vector<std::string> names;
  for (size_t i = net.layers().size() - 4; i < net.layers().size(); ++i)
    names.push_back(net.layers()[i].name);
  EXPECT_THAT(names, ElementsAre("embedder.relu2", "embedder.attention", "fc_policy", "fc_value"));
  torch::Tensor map, pooled;
  const auto output = net.forward(sample_observations(net, 2), [&](const std::string& name, torch::Tensor x) {
    if (name == "embedder.relu2") map = x;
    if (name == "embedder.attention") pooled = x;
    return x;
  });
  EXPECT_EQ(output.logits.sizes(), at::IntArrayRef({2, 4}));
  EXPECT_EQ(output.value.sizes(), at::IntArrayRef({2}));
  EXPECT_EQ(pooled.sizes(), at::IntArrayRef({2, 4}));
  EXPECT_TRUE((pooled <= map.amax({2, 3}) + 1e-6).all().item<bool>());
  EXPECT_TRUE((pooled >= map.amin({2, 3}) - 1e-6).all().item<bool>());
}

TEST_F(OwnHead, ItsParametersLearnAndAreInFiles) {
  const Network net = network();
  const auto output = net.forward(sample_observations(net, 2));
  (output.value.square().sum() + output.logits.select(1, 0).sum()).backward();
  for (size_t i = 0; i < net.layout().size(); ++i)
    EXPECT_GT(net.parameter(i).grad().abs().sum().item<float>(), 0) << net.layout()[i].name;
  const std::string bytes = encode_policy(net, "world: 5\n", "{}");
  const Policy policy = decode_policy(bytes, "p");
  EXPECT_EQ(policy.network.config().head, "attention");
  EXPECT_EQ(policy.network.config().head_options.at("gain"), 2);
  EXPECT_EQ(encode_policy(policy.network, "world: 5\n", "{}"), bytes);
  const formats::PthFile pth = formats::decode_pth(encode_pth(policy), "p");
  EXPECT_EQ(import_pth(pth, net.interface(), "", "{}", "p").network.layers().size(), net.layers().size());
}

TEST_F(OwnHead, IsRefusedWithTheNearestName) {
  EXPECT_USER_ERROR(parse_config<NetworkConfig>("head: atention\n", "c.yaml"), "did you mean 'attention'?");
  EXPECT_USER_ERROR(parse_config<NetworkConfig>("head: attention\nhead_options: {gian: 1}\n", "c.yaml"),
                    "did you mean 'gain'?");
}

}  // namespace
}  // namespace mazescan::policy
