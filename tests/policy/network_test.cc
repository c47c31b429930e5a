#include "policy/network.h"

#include <gmock/gmock.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "tests/policy/naive_network.h"
#include "tests/policy/sample_network.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::policy {
namespace {

using testing::DoubleNear;
using testing::Pointwise;

Network procgen_network() {
  return Network({{16, 32, 32}, 2, 256, "relu"}, {3, 64, 64, 1 / 255.0, 15});
}

TEST(Network, TapsHaveTheNamesAndShapesOfTheLiterature) {
  std::vector<std::pair<std::string, Shape>> expected;
  int side = 64;
  for (int b = 1; b <= 3; ++b) {
    const int64_t channels = b == 1 ? 16 : 32;
    const std::string block = "embedder.block" + std::to_string(b);
    expected.push_back({block + ".conv", {channels, side, side}});
    side /= 2;
    expected.push_back({block + ".maxpool", {channels, side, side}});
    for (const char* part : {"res1.relu1", "res1.conv1", "res1.relu2", "res1.conv2", "res1.resadd",
                             "res2.relu1", "res2.conv1", "res2.relu2", "res2.conv2", "res2.resadd"})
      expected.push_back({block + "." + part, {channels, side, side}});
  }
  expected.push_back({"embedder.relu3", {32, 8, 8}});
  expected.push_back({"embedder.flatten", {2048}});
  expected.push_back({"embedder.fc", {256}});
  expected.push_back({"embedder.relufc", {256}});
  expected.push_back({"fc_policy", {15}});
  expected.push_back({"fc_value", {1}});
  ASSERT_EQ(expected.size(), 42U);

  const Network network = procgen_network();
  ASSERT_EQ(network.layers().size(), expected.size());
  size_t called = 0;
  torch::NoGradGuard no_grad;
  network.forward(torch::zeros({2, 3, 64, 64}, torch::kUInt8),
                  [&](const std::string& name, torch::Tensor output) {
                    EXPECT_EQ(name, expected.at(called).first);
                    EXPECT_EQ(network.layers()[called].name, name);
                    EXPECT_EQ(network.layers()[called].shape, expected[called].second) << name;
                    EXPECT_EQ(output.sizes().slice(1), at::IntArrayRef(expected[called].second)) << name;
                    EXPECT_EQ(output.size(0), 2) << name;
                    ++called;
                    return output;
                  });
  EXPECT_EQ(called, expected.size());
}

TEST(Network, ParameterCounts) {
  EXPECT_EQ(procgen_network().parameters().numel(), 626'256);
  EXPECT_EQ(Network({{64, 128, 128}, 2, 256, "relu"}, {3, 64, 64, 1, 15}).parameters().numel(), 3'653'136);
}

TEST(Network, TheFlatBufferHoldsEveryParameterOnceInOrder) {
  const Network network = sample_network();
  int64_t offset = 0;
  for (size_t i = 0; i < network.layout().size(); ++i) {
    const auto& p = network.layout()[i];
    EXPECT_EQ(p.offset, offset) << p.name;
    EXPECT_EQ(network.parameter(i).sizes(), at::IntArrayRef(p.shape)) << p.name;
    EXPECT_EQ(network.parameter(i).numel(), p.count) << p.name;
    EXPECT_EQ(network.parameter(i).data_ptr<float>(), network.parameters().data_ptr<float>() + offset)
        << p.name;
    EXPECT_EQ(network.parameter(i).grad().data_ptr<float>(), network.gradients().data_ptr<float>() + offset)
        << p.name;
    offset += p.count;
  }
  EXPECT_EQ(offset, network.parameters().numel());
  EXPECT_EQ(offset, network.gradients().numel());
}

class NetworkForward : public testing::TestWithParam<std::string> {};

TEST_P(NetworkForward, EveryTapEqualsPlainLoops) {
  const Network network = sample_network(GetParam());
  const NaiveNetwork naive(network);
  const torch::Tensor observations = sample_observations(network, 3);
  std::map<std::string, torch::Tensor> taps;
  const Network::Output output = network.forward(observations, [&](const std::string& name, torch::Tensor t) {
    taps[name] = t;
    return t;
  });
  const Network::Output untapped = network.forward(observations);
  EXPECT_TRUE(torch::equal(untapped.logits, output.logits));
  EXPECT_TRUE(torch::equal(untapped.value, output.value));
  for (int n = 0; n < 3; ++n) {
    const auto expected = naive.forward(to_doubles(observations[n]));
    EXPECT_THAT(to_doubles(output.logits[n]), Pointwise(DoubleNear(1e-3), expected.logits));
    EXPECT_NEAR(output.value[n].item<double>(), expected.value, 1e-3);
    EXPECT_EQ(taps.size(), expected.taps.size());
    for (const auto& [name, values] : expected.taps)
      EXPECT_THAT(to_doubles(taps.at(name)[n]), Pointwise(DoubleNear(1e-3), values)) << name;
  }
}

TEST_P(NetworkForward, WhatATapReturnsTakesTheOutputsPlace) {
  const Network network = sample_network(GetParam());
  const NaiveNetwork naive(network);
  const torch::Tensor observations = sample_observations(network, 1);
  for (const auto& tap : network.layers()) {
    const auto edited = network.forward(observations, [&](const std::string& name, const torch::Tensor& t) {
      return name == tap.name ? t * -0.5 + 0.1 : t;
    });
    const auto expected =
        naive.forward(to_doubles(observations[0]), [&](const std::string& name, std::vector<double>& values) {
          if (name != tap.name) return;
          for (double& v : values) v = v * -0.5 + 0.1;
        });
    EXPECT_THAT(to_doubles(edited.logits[0]), Pointwise(DoubleNear(1e-3), expected.logits)) << tap.name;
    EXPECT_NEAR(edited.value.item<double>(), expected.value, 1e-3) << tap.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Activations, NetworkForward, testing::ValuesIn(activation_names()));

TEST(Network, ComputesInBfloat16OnRequest) {
  Network network = procgen_network();
  RandomStream weights(1, "weights");
  network.initialise(weights);
  const torch::Tensor observations = sample_observations(network, 4);
  const torch::NoGradGuard no_grad;
  const Network::Output exact = network.forward(observations);
  network.compute_in(torch::kBFloat16);
  bool rounded = true;
  const Network::Output half = network.forward(observations, [&](const std::string&, torch::Tensor output) {
    EXPECT_EQ(output.scalar_type(), torch::kFloat32);
    rounded = rounded && torch::equal(output, output.to(torch::kBFloat16).to(torch::kFloat32));
    return output;
  });
  EXPECT_TRUE(rounded);
  EXPECT_EQ(half.logits.scalar_type(), torch::kFloat32);
  EXPECT_EQ(half.value.scalar_type(), torch::kFloat32);
  EXPECT_FALSE(torch::equal(half.value, exact.value));
  EXPECT_LT((half.value - exact.value).abs().max().item<double>(),
            0.05 * exact.value.abs().max().item<double>());
  network.compute_in(torch::kFloat32);
  EXPECT_TRUE(torch::equal(network.forward(observations).logits, exact.logits));
}

TEST(Network, RefusesInterfacesThatAreNone) {
  for (const NetworkInterface& interface :
       {NetworkInterface{0, 5, 5, 1, 4}, NetworkInterface{3, 0, 5, 1, 4}, NetworkInterface{3, 5, -1, 1, 4},
        NetworkInterface{3, 5, 5, 1, 0}})
    EXPECT_USER_ERROR(Network({}, interface), "must be positive");
}

TEST(Network, RefusesToBeLargerThanAllowed) {
  const NetworkInterface interface { 3, 64, 64, 1, 15 };
  EXPECT_NO_THROW(Network({}, interface, torch::kCPU, 626'256));
  EXPECT_USER_ERROR(Network({}, interface, torch::kCPU, 626'255), "more than 626255 parameters");
  EXPECT_USER_ERROR(Network({{4096}, 0, 65536, "relu"}, {4096, 4096, 4096, 1, 15}),
                    "more than 2147483648 parameters");
}

// Counts multiply-adds by hand: side^2 * out * in * 9 for a convolution, out * in for a fully connected
// layer.
TEST(Network, ArithmeticIsTheHandCount) {
  double rest = 0;
  const double first = 64.0 * 64 * 16 * 3 * 9;
  rest += 32.0 * 32 * 16 * 16 * 9 * 4;
  rest += 32.0 * 32 * 32 * 16 * 9 + 16.0 * 16 * 32 * 32 * 9 * 4;
  rest += 16.0 * 16 * 32 * 32 * 9 + 8.0 * 8 * 32 * 32 * 9 * 4;
  rest += 2048.0 * 256 + 256 * 15 + 256;
  const auto count = procgen_network().arithmetic();
  EXPECT_EQ(count.forward, 2 * (first + rest));
  EXPECT_NEAR(count.forward, 61.2e6, 0.1e6);
  EXPECT_EQ(count.backward, 2 * (first + 2 * rest));
}

}  // namespace
}  // namespace mazescan::policy
