#include "policy/decision_transformer.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "policy/network.h"
#include "policy/policy_file.h"
#include "policy/transformer.h"
#include "tests/policy/sample_network.h"

namespace mazescan::policy {
namespace {

constexpr int kActions = 4;

NetworkConfig transforming(std::map<std::string, double> options) {
  NetworkConfig config{{3, 4}, 1, 6, "relu"};
  config.head = "decision_transformer";
  options.insert({{"width", 8}, {"heads", 2}});
  config.head_options = Options(std::move(options));
  return config;
}

Network sample_transformer(std::map<std::string, double> options = {}) {
  Network network(transforming(std::move(options)), {3, 12, 10, 0.01, kActions});
  torch::manual_seed(3);
  network.parameters().copy_(torch::randn_like(network.parameters()) * 0.3);
  return network;
}

TEST(ReturnBin, HasTheBinsThatAreDescribed) {
  const std::vector<std::pair<float, int64_t>> known = {{1, 0},    {2, 1},     {3, 2},
                                                        {4, 3},    {5, 3},     {6, 4},
                                                        {7, 4},    {8, 5},     {11, 5},
                                                        {12, 6},   {15, 6},    {16, 7},
                                                        {23, 7},   {24, 8},    {31, 8},
                                                        {32, 9},   {48, 10},   {64, 11},
                                                        {96, 12},  {128, 13},  {191, 13},
                                                        {192, 14}, {256, 15},  {383, 15},
                                                        {384, 16}, {1e9F, 16}, {INFINITY, kReturnBins - 1}};
  for (const auto& [steps, bin] : known)
    EXPECT_EQ(return_bin(torch::tensor({steps})).item<int64_t>(), bin) << steps;
}

// Known answers: returns 0, 1 and 2 with these probabilities (Lee et al., 2022, the formula of expert returns).
TEST(ExpertReturns, HaveTheKnownProbabilities) {
  const torch::Tensor worths = torch::tensor({0.F, 0.5F, 1.F});
  const auto expect = [&](const std::vector<float>& probabilities, double kappa,
                          const std::vector<float>& expert) {
    const torch::Tensor logits = torch::tensor(probabilities).log().unsqueeze(0) + 2;
    EXPECT_TRUE(
        torch::allclose(expert_returns(logits, worths, kappa).exp()[0], torch::tensor(expert), 0, 1e-6));
  };
  expect({.7F, .2F, .1F}, 10, {.000313F, .013293F, .986394F});
  expect({.99F, .01F, 0.F}, 10, {.400140F, .599860F, 0.F});
  expect({.7F, .2F, .1F}, 1, {.537811F, .253343F, .208846F});
  expect({.7F, .2F, .1F}, 0, {.7F, .2F, .1F});
}

TEST(ReturnMixture, IsTheMeanOverReturnsOrOneOfThem) {
  torch::manual_seed(1);
  const torch::Tensor returns = torch::randn({7, kReturnBins}),
                      actions = torch::randn({7, kReturnBins * kActions});
  const torch::Tensor given = torch::softmax(actions.view({7, kReturnBins, kActions}), 2);
  for (const double kappa : {0., 10.}) {
    torch::Tensor weights = torch::softmax(returns, 1) * (kappa * return_worths(returns)).exp();
    weights /= weights.sum(1, true);
    const torch::Tensor expected = (weights.unsqueeze(2) * given).sum(1);
    EXPECT_TRUE(torch::allclose(return_mixture(returns, actions, kappa, -1).exp(), expected, 1e-5, 1e-7));
  }
  for (const int bin : {0, 17})
    EXPECT_TRUE(torch::allclose(return_mixture(returns, actions, 10, bin).exp(), given.select(1, bin)));
}

// Attention in plain loops.
TEST(Attend, IsAMeanOfValuesForEachHead) {
  torch::manual_seed(2);
  const int64_t count = 2, queries = 3, keys = 5, width = 6, heads = 2, of_head = 3;
  const torch::Tensor q = torch::randn({count, queries, width}), k = torch::randn({count, keys, width}),
                      v = torch::randn({count, keys, width}), ours = attend(q, k, v, heads);
  const auto at = [](const torch::Tensor& t, int64_t n, int64_t i, int64_t c) {
    return t[n][i][c].item<double>();
  };
  for (int64_t n = 0; n < count; ++n)
    for (int64_t i = 0; i < queries; ++i)
      for (int64_t head = 0; head < heads; ++head) {
        double total = 0;
        std::vector<double> sums(of_head);
        for (int64_t j = 0; j < keys; ++j) {
          double score = 0;
          for (int64_t c = head * of_head; c < (head + 1) * of_head; ++c)
            score += at(q, n, i, c) * at(k, n, j, c);
          const double weight = std::exp(score / std::sqrt(3.0));
          total += weight;
          for (int64_t c = 0; c < of_head; ++c) sums[c] += weight * at(v, n, j, head * of_head + c);
        }
        for (int64_t c = 0; c < of_head; ++c)
          EXPECT_NEAR(at(ours, n, i, head * of_head + c), sums[c] / total, 1e-5);
      }
  EXPECT_TRUE(torch::allclose(attend(q[0], k, v, heads)[0], ours[0])) << "the same queries for all";
}

TEST(DecisionTransformer, ItsLayersAreMapsAndReturns) {
  const Network network = sample_transformer();
  const auto taps = taps_of(network, sample_observations(network, 2));
  for (const char* name :
       {"embedder.tokens", "embedder.transformer1.attention", "embedder.transformer2.add2", "embedder.norm"})
    EXPECT_EQ(taps.at(name).sizes(), (std::vector<int64_t>{2, 8, 3, 3})) << name;
  EXPECT_EQ(taps.at("embedder.transformer1.fc1").sizes(), (std::vector<int64_t>{2, 32, 3, 3}));
  EXPECT_EQ(taps.at("fc_actions").sizes(), (std::vector<int64_t>{2, kReturnBins * kActions}));
  EXPECT_EQ(taps.count("embedder.transformer3.norm1"), 0U);
  const torch::Tensor norm = taps.at("embedder.norm");
  EXPECT_LT(norm.mean(1).abs().max().item<double>(), 1e-5);
  EXPECT_NEAR(norm.var(1, /*unbiased=*/false).min().item<double>(), 1, 1e-2);
  EXPECT_TRUE(torch::allclose(taps.at("fc_policy"),
                              return_mixture(taps.at("fc_return"), taps.at("fc_actions"), 10, -1)));
}

// A cell's token does not depend on the other cells before attention, and does after it.
TEST(DecisionTransformer, CellsReadEachOtherByAttentionAlone) {
  const Network network = sample_transformer();
  const torch::Tensor observations = sample_observations(network, 1);
  const auto first_cell_after_a_change = [&](const std::string& changed, const std::string& read) {
    std::vector<torch::Tensor> seen;
    for (const float change : {0.F, 1.F})
      network.forward(observations, [&](const std::string& name, torch::Tensor output) {
        output = output.clone();
        if (name == changed) output.select(2, 2).select(2, 2).add_(change * torch::arange(output.size(1)));
        if (name == read) seen.push_back(output.select(2, 0).select(2, 0));
        return output;
      });
    return (seen[0] - seen[1]).abs().max().item<double>();
  };
  EXPECT_EQ(first_cell_after_a_change("embedder.relu2", "embedder.transformer1.norm1"), 0);
  EXPECT_EQ(first_cell_after_a_change("embedder.transformer1.add1", "embedder.transformer1.add2"), 0);
  EXPECT_GT(first_cell_after_a_change("embedder.relu2", "embedder.transformer1.attention"), 1e-3);
}

TEST(DecisionTransformer, PlacesMatter) {
  const Network network = sample_transformer();
  const auto tokens = taps_of(network, sample_observations(network, 1)).at("embedder.tokens");
  const auto blank = taps_of(network, torch::zeros({1, 3, 12, 10}, torch::kUInt8)).at("embedder.tokens");
  EXPECT_GT((blank.select(2, 0).select(2, 0) - blank.select(2, 1).select(2, 1)).abs().max().item<double>(),
            0.1);
  EXPECT_FALSE(torch::equal(tokens, blank));
}

TEST(DecisionTransformer, IsInPolicyFiles) {
  const Network network = sample_transformer({{"return_bin", 17}, {"layers", 1}});
  const std::string bytes = encode_policy(network, "world: 5\n", "{}");
  const Policy policy = decode_policy(bytes, "p");
  EXPECT_EQ(policy.network.config().head_options.at("return_bin"), 17);
  EXPECT_EQ(encode_policy(policy.network, "world: 5\n", "{}"), bytes);
  const auto observations = sample_observations(network, 3);
  EXPECT_TRUE(
      torch::equal(policy.network.forward(observations).logits, network.forward(observations).logits));
}

TEST(DecisionTransformer, CountsItsArithmetic) {
  // Each of 9 cells: attention 4 x 8 x 8 weights and 2 x 9 x 8; two layers of 8 x 32.
  const auto forward = [](int layers) {
    return sample_transformer({{"layers", static_cast<double>(layers)}}).arithmetic().forward;
  };
  EXPECT_EQ(forward(2) - forward(1), 2 * 9 * (4 * 64 + 2 * 9 * 8 + 2 * 8 * 32));
  // 18 returns: keys and values of the cells, attention, its output.
  const Network network = sample_transformer();
  for (const LayerSpec& layer : network.layers())
    if (layer.name == "embedder.returns")
      EXPECT_EQ(layer.operation->multiply_adds(layer), 9 * 2 * 64 + 2 * 18 * 9 * 8 + 18 * 64);
}

TEST(DecisionTransformer, RefusesAWidthThatHeadsCannotShare) {
  EXPECT_USER_ERROR(Network(transforming({{"heads", 3}}), {3, 12, 10, 0.01, kActions}),
                    "head_options.width' is 8");
  EXPECT_USER_ERROR(Network(transforming({{"layers", 1.5}}), {3, 12, 10, 0.01, kActions}),
                    "'network.head_options.layers' is 1.5");
  EXPECT_USER_ERROR(
      parse_config<NetworkConfig>("head: decision_transformer\nhead_options: {return_bin: 18}\n", "c.yaml"),
      "'head_options.return_bin' is 18");
}

}  // namespace
}  // namespace mazescan::policy
