#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "tests/policy/naive_network.h"
#include "tests/policy/sample_network.h"

namespace mazescan::policy {
namespace {

// Returns a loss that depends on every parameter: sum over samples of value^2 / 2 + logits . (1, 2, 3, 4).
torch::Tensor loss_of(const Network::Output& output) {
  return (0.5 * output.value.square()).sum() +
         (output.logits * torch::tensor({1.0F, 2.0F, 3.0F, 4.0F})).sum();
}

double naive_loss(const NaiveNetwork& network, const torch::Tensor& observations) {
  double loss = 0;
  for (int64_t n = 0; n < observations.size(0); ++n) {
    const auto out = network.forward(to_doubles(observations[n]));
    loss += 0.5 * out.value * out.value;
    for (int a = 0; a < 4; ++a) loss += out.logits[a] * (a + 1);
  }
  return loss;
}

class NetworkGradient : public testing::TestWithParam<std::string> {};

TEST_P(NetworkGradient, LandsInTheFlatBufferAndEqualsFiniteDifferences) {
  const Network network = sample_network(GetParam());
  const torch::Tensor observations = sample_observations(network, 2);
  loss_of(network.forward(observations)).backward();
  const auto* gradients = network.gradients().data_ptr<float>();
  NaiveNetwork naive(network);
  double largest = network.gradients().abs().max().item<double>();
  ASSERT_GT(largest, 0.01);
  for (const auto& p : network.layout()) {
    bool flows = false;
    for (int64_t i = 0; i<p.count; i += p.count> 60 ? 7 : 1) {
      constexpr double kStep = 1e-6;
      double& weight = naive.weights.at(p.name)[i];
      const double before = weight;
      weight = before + kStep;
      const double above = naive_loss(naive, observations);
      weight = before - kStep;
      const double below = naive_loss(naive, observations);
      weight = before;
      const double slope = (above - below) / (2 * kStep);
      EXPECT_NEAR(gradients[p.offset + i], slope, 1e-4 * std::max(1.0, std::abs(slope)) + 1e-5 * largest)
          << p.name << "[" << i << "]";
      flows = flows || slope != 0;
    }
    EXPECT_TRUE(flows) << p.name;
  }
}

// The input is the scaled observation: a step of 1 in the observation is a step of `input_scale` in the
// input.
TEST_P(NetworkGradient, OfTheInputEqualsFiniteDifferences) {
  const Network network = sample_network(GetParam());
  const torch::Tensor observations = sample_observations(network, 2);
  const torch::Tensor input = network.preprocess(observations).requires_grad_();
  loss_of(network.forward_preprocessed(input)).backward();
  const NaiveNetwork naive(network);
  const auto naive_loss_of = [&](const std::vector<double>& observation) {
    const auto out = naive.forward(observation);
    double loss = 0.5 * out.value * out.value;
    for (int a = 0; a < 4; ++a) loss += out.logits[a] * (a + 1);
    return loss;
  };
  for (int64_t n = 0; n < 2; ++n) {
    std::vector<double> observation = to_doubles(observations[n]);
    const std::vector<double> gradient = to_doubles(input.grad()[n] * network.interface().input_scale);
    const double largest = *std::max_element(gradient.begin(), gradient.end());
    EXPECT_GT(largest, 1e-6);
    for (size_t i = 0; i < observation.size(); i += 3) {
      constexpr double kStep = 1e-4;
      observation[i] += kStep;
      const double above = naive_loss_of(observation);
      observation[i] -= 2 * kStep;
      const double below = naive_loss_of(observation);
      observation[i] += kStep;
      const double slope = (above - below) / (2 * kStep);
      EXPECT_NEAR(gradient[i], slope, 5e-3 * std::abs(slope) + 1e-3 * largest) << n << " " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Activations, NetworkGradient, testing::ValuesIn(activation_names()));

TEST(NetworkGradients, TwoHalvesOfForwardAreForward) {
  const Network network = sample_network();
  const torch::Tensor observations = sample_observations(network, 2);
  const auto whole = network.forward(observations);
  const torch::Tensor input = network.preprocess(observations);
  EXPECT_TRUE(torch::allclose(input, observations.to(torch::kFloat32) * 0.01));
  const auto halves = network.forward_preprocessed(input);
  EXPECT_TRUE(torch::equal(whole.logits, halves.logits));
  EXPECT_TRUE(torch::equal(whole.value, halves.value));
}

TEST(NetworkGradients, AreAddedToWhatIsThere) {
  const Network network = sample_network();
  const torch::Tensor observations = sample_observations(network, 2);
  loss_of(network.forward(observations)).backward();
  const torch::Tensor once = network.gradients().clone();
  loss_of(network.forward(observations)).backward();
  EXPECT_TRUE(torch::allclose(network.gradients(), 2 * once));
  network.gradients().zero_();
  loss_of(network.forward(observations)).backward();
  EXPECT_TRUE(torch::equal(network.gradients(), once)) << "the same bits each time";
}

torch::Tensor initialised(uint64_t seed) {
  Network network({{8, 4}, 1, 32, "relu"}, {3, 9, 9, 1, 5});
  RandomStream random(seed, "weights");
  network.initialise(random);
  return network.parameters().clone();
}

TEST(NetworkInitialise, IsAFunctionOfTheStream) {
  EXPECT_TRUE(torch::equal(initialised(1), initialised(1)));
  EXPECT_FALSE(torch::equal(initialised(1), initialised(2)));
}

TEST(NetworkInitialise, IsOrthogonalWithTheStatedGains) {
  Network network({{8, 4}, 1, 32, "relu"}, {3, 9, 9, 1, 5});
  network.parameters().fill_(7);
  RandomStream random(1, "weights");
  network.initialise(random);
  int weights = 0;
  for (size_t i = 0; i < network.layout().size(); ++i) {
    const std::string& name = network.layout()[i].name;
    const torch::Tensor p = network.parameter(i).detach().to(torch::kFloat64);
    if (name.find(".bias") != std::string::npos) {
      EXPECT_EQ(p.abs().max().item<double>(), 0) << name;
      continue;
    }
    ++weights;
    const double gain = name == "fc_policy.weight"                        ? 0.01
                        : name == "fc_value.weight"                       ? 1.0
                        : name.find(".conv2.weight") != std::string::npos ? 0.5
                                                                          : std::sqrt(2.0);
    const torch::Tensor matrix = p.flatten(1);
    const torch::Tensor gram =
        matrix.size(0) <= matrix.size(1) ? matrix.mm(matrix.t()) : matrix.t().mm(matrix);
    const torch::Tensor expected = gain * gain * torch::eye(gram.size(0), torch::kFloat64);
    EXPECT_LT((gram - expected).abs().max().item<double>(), 1e-5 * gain) << name;
  }
  EXPECT_EQ(weights, 2 * 3 + 3);
}

}  // namespace
}  // namespace mazescan::policy
