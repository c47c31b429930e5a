#include "policy/activation.h"

#include <gmock/gmock.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "policy/edits.h"
#include "policy/policy_file.h"
#include "tests/policy/keep_largest.h"
#include "tests/policy/naive_network.h"
#include "tests/policy/sample_network.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::policy {
namespace {

using testing::HasSubstr;
using testing::Not;

class OwnActivation : public testing::Test {
 protected:
  static Network network(double keep) {
    NetworkConfig config{{3, 4}, 1, 6, "keep_largest"};
    config.activation_options = Options({{"keep", keep}});
    Network made(config, {3, 6, 5, 0.01, 4});
    made.parameters().copy_(sample_network().parameters());
    return made;
  }

  const KeepLargestInTable in_table_;
};

TEST_F(OwnActivation, ComputesWhatItsParameterSays) {
  for (const auto& [keep, active] : {std::pair{1.0 / 3, 2}, {0.5, 3}, {1.0, 6}}) {
    const Network net = network(keep);
    const auto taps = taps_of(net, sample_observations(net, 3));
    const torch::Tensor before = taps.at("embedder.fc"), after = taps.at("embedder.relufc");
    for (int n = 0; n < 3; ++n) {
      const torch::Tensor largest = std::get<0>(before[n].sort(0, /*descending=*/true));
      for (int unit = 0; unit < 6; ++unit) {
        const float value = before[n][unit].item<float>();
        const bool stays = value >= largest[active - 1].item<float>();
        EXPECT_EQ(after[n][unit].item<float>(), stays ? value : 0) << keep << " " << n << " " << unit;
      }
    }
  }
}

TEST_F(OwnActivation, GradientsPassThroughWhatStays) {
  const Network net = network(0.5);
  const torch::Tensor observations = sample_observations(net, 1);
  const auto taps = taps_of(net, observations);
  net.sums().zero_();
  net.forward(observations).value.sum().backward();
  for (size_t i = 0; i < net.layout().size(); ++i) {
    if (net.layout()[i].name != "embedder.fc.bias") continue;
    const torch::Tensor gradient = net.parameter(i).grad();
    EXPECT_TRUE(torch::equal(gradient != 0, taps.at("embedder.relufc")[0] != 0));
  }
}

// The parts of a minibatch, on any ranks, sum to the whole. The state changes the forward pass.
TEST_F(OwnActivation, ItsStateIsUpdatedFromTheSumsOfAMinibatch) {
  Network net = network(0.5);
  const torch::Tensor observations = sample_observations(net, 4);
  ASSERT_EQ(net.state().numel(), 2 * 27 + 2 * 16 + 16 + 6) << "of each activation function";
  EXPECT_EQ(net.sums().numel(), net.parameters().numel() + net.state().numel());
  EXPECT_EQ(net.gradients().data_ptr(), net.sums().data_ptr());
  const auto before = taps_of(net, observations);
  const auto state_of = [&](const std::string& name) {
    for (const auto& tensor : net.tensors())
      if (tensor.name == name) return tensor.values;
    return torch::Tensor();
  };
  {
    const torch::NoGradGuard no_grad;
    net.sums().zero_();
    net.forward(observations);
    EXPECT_EQ(net.sums().abs().sum().item<float>(), 0) << "inference sums nothing";
  }
  net.forward(observations.narrow(0, 0, 1));
  net.forward(observations.narrow(0, 1, 3));
  net.update_state(4);
  const torch::Tensor active = (before.at("embedder.relufc") != 0).to(torch::kFloat32).mean(0);
  EXPECT_TRUE(torch::allclose(state_of("embedder.relufc.kept"), 0.5 * active));
  net.state().fill_(0);
  state_of("embedder.relufc.kept")[0] = 1e6F;
  EXPECT_EQ(taps_of(net, observations).at("embedder.relufc").select(1, 0).abs().sum().item<float>(), 0)
      << "a unit of such a state never stays";
}

TEST_F(OwnActivation, FilesHoldItsParameterAndItsState) {
  Network net = network(0.25);
  net.state().copy_(torch::arange(net.state().numel(), torch::kFloat32));
  const std::string bytes = encode_policy(net, "world: 5\n", "{}");
  const Policy policy = decode_policy(bytes, "p");
  EXPECT_EQ(policy.network.config().activation_options.at("keep"), 0.25);
  EXPECT_TRUE(torch::equal(policy.network.state(), net.state()));
  const formats::PthFile pth = formats::decode_pth(encode_pth(policy), "p");
  EXPECT_EQ(pth.weights.count("embedder.block1.res1.relu1.kept"), 1U);
  EXPECT_EQ(import_pth(pth, net.interface(), policy.environment, policy.training, "p").hash, policy.hash);
  net.state()[0] = 0.5F;
  EXPECT_NE(decode_policy(encode_policy(net, "world: 5\n", "{}"), "p").hash, policy.hash);
  RandomStream random(1, "weights");
  net.initialise(random);
  EXPECT_EQ(net.state().abs().sum().item<float>(), 0);
}

TEST_F(OwnActivation, CountsAsTheActivationsOfItsInput) {
  EXPECT_EQ(activations_of_network(network(0.5)), activations_of_network(sample_network()));
}

TEST_F(OwnActivation, IsRefusedWithTheNearestName) {
  EXPECT_USER_ERROR(parse_config<NetworkConfig>("activation: keep_largst\n", "c.yaml"),
                    "did you mean 'keep_largest'?");
}

TEST(ActivationOptions, AreReadCheckedAndDumped) {
  const auto config =
      parse_config<NetworkConfig>("activation: elu\nactivation_options: {alpha: 0.5}\n", "c.yaml");
  EXPECT_EQ(config.activation_options.at("alpha"), 0.5);
  const std::string dumped = dump_config(config);
  EXPECT_THAT(dumped, HasSubstr("alpha: 0.5"));
  EXPECT_EQ(dump_config(parse_config<NetworkConfig>(dumped, "dumped")), dumped);
  EXPECT_EQ(parse_config<NetworkConfig>("activation: elu\n", "c.yaml").activation_options.at("alpha"), 1);
  EXPECT_THAT(dump_config(NetworkConfig{}), Not(HasSubstr("options")));
  const auto error = [](const std::string& text) {
    return user_error([&] { parse_config<NetworkConfig>(text, "c.yaml"); });
  };
  EXPECT_THAT(error("activation: elu\nactivation_options: {alfa: 0.5}\n"),
              HasSubstr("did you mean 'alpha'?"));
  EXPECT_THAT(error("activation: elu\nactivation_options: {alpha: -1}\n"), HasSubstr("from 0 to 100"));
  EXPECT_THAT(error("activation_options: {alpha: 0.5}\n"), HasSubstr("unknown key 'activation_options'"));
  NetworkConfig given{{3}, 1, 6, "tanh"};
  given.activation_options = Options({{"alpha", 1}});
  EXPECT_USER_ERROR(Network(given, {3, 6, 5, 1, 4}), "option 'alpha' of activation function tanh");
}

TEST(ActivationOptions, ChangeWhatIsComputed) {
  for (const auto& [name, option] : {std::pair{"leaky_relu", "negative_slope"}, {"elu", "alpha"}}) {
    NetworkConfig config{{3, 4}, 1, 6, name};
    config.activation_options = Options({{option, 0.3}});
    Network network(config, {3, 6, 5, 0.01, 4});
    network.parameters().copy_(sample_network().parameters());
    const NaiveNetwork naive(network);
    const torch::Tensor observations = sample_observations(network, 1);
    const auto taps = taps_of(network, observations);
    for (const auto& [tap, values] : naive.forward(to_doubles(observations[0])).taps)
      EXPECT_THAT(to_doubles(taps.at(tap)[0]), testing::Pointwise(testing::DoubleNear(1e-3), values)) << tap;
  }
}

}  // namespace
}  // namespace mazescan::policy
