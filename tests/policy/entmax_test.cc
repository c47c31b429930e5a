#include "policy/entmax.h"

#include <gmock/gmock.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "policy/entmax_pool.h"
#include "tests/policy/sample_network.h"

namespace mazescan::policy {
namespace {

using testing::DoubleNear;
using testing::Pointwise;

std::vector<double> probabilities(const std::vector<double>& scores, double alpha) {
  return to_doubles(entmax(torch::tensor(scores, torch::kFloat64), alpha));
}

struct Known {
  std::vector<double> scores;
  double alpha;
  std::vector<double> expected;
};

TEST(Entmax, KnownAnswers) {
  const std::vector<Known> table = {
      {{-2, 0, 0.5}, 1, {.048611, .359188, .592201}},
      {{-2, 0, 0.5}, 1.25, {.005339, .352110, .642551}},
      {{-2, 0, 0.5}, 1.5, {0, .326007, .673993}},
      {{-2, 0, 0.5}, 2, {0, .25, .75}},
      {{-2, 0, 0.5}, 3, {0, 0, 1}},
      {{1, 2, 3.5}, 1, {.062890, .170953, .766157}},
      {{1, 2, 3.5}, 3, {0, 0, 1}},
      {{0, 0, 1}, 3, {0, 0, 1}},
      {{3, 1, .2, -1}, 1, {.823411, .111437, .050072, .015081}},
      {{3, 1, .2, -1}, 2, {1, 0, 0, 0}},
      {{3, 1, .2, -1}, 3, {1, 0, 0, 0}},
      {{1, 2, 3.5}, 1.25, {.013304, .120865, .865830}},
      {{1, 2, 3.5}, 1.5, {0, .050391, .949609}},
      {{1, 2, 3.5}, 2, {0, 0, 1}},
      {{0, 0, 1}, 1, {.211942, .211942, .576117}},
      {{0, 0, 1}, 1.25, {.175692, .175692, .648616}},
      {{0, 0, 1}, 1.5, {.129873, .129873, .740253}},
      {{0, 0, 1}, 2, {0, 0, 1}},
      {{3, 1, .2, -1}, 1.25, {.938481, .054990, .006529, 0}},
      {{3, 1, .2, -1}, 1.5, {1, 0, 0, 0}},
      {{-1, 0, .5}, 1.33, {.0460, .3276, .6264}},
      {{1, 2, 3.5}, 1.33, {.0026, .1012, .8963}},
      {{1, .5, .2, 0}, 1.5, {.563513, .250676, .122973, .062838}},
  };
  for (const auto& [scores, alpha, expected] : table)
    EXPECT_THAT(probabilities(scores, alpha), Pointwise(DoubleNear(alpha == 1.33 ? 6e-5 : 2e-6), expected))
        << alpha;
}

// Central differences in double precision, in the scores and in alpha.
TEST(Entmax, GradientsAreThoseOfFiniteDifferences) {
  const torch::TensorOptions doubles = torch::TensorOptions().dtype(torch::kFloat64);
  torch::manual_seed(5);
  for (const double alpha : {1.2, 1.5, 1.75, 2.25}) {
    const torch::Tensor scores = torch::randn({7}, doubles), direction = torch::randn({7}, doubles);
    const torch::Tensor factors = torch::randn({7}, doubles);
    const auto value = [&](const torch::Tensor& z, double a) {
      return (entmax(z, torch::full({1}, a, doubles)) * factors).sum().item<double>();
    };
    torch::Tensor z = scores.clone().requires_grad_(), a = torch::full({1}, alpha, doubles).requires_grad_();
    (entmax(z, a) * factors).sum().backward();
    const double step = 1e-5,
                 slope = (value(scores + step * direction, alpha) - value(scores - step * direction, alpha)) /
                         (2 * step),
                 of_alpha = (value(scores, alpha + step) - value(scores, alpha - step)) / (2 * step);
    EXPECT_NEAR((z.grad() * direction).sum().item<double>(), slope, 1e-6) << alpha;
    EXPECT_NEAR(a.grad().item<double>(), of_alpha, 1e-6) << alpha;
  }
}

// A diverged network has scores that are NaN: they go through, and the training says that it diverged.
TEST(Entmax, OfScoresThatAreNoNumbersIsNone) {
  for (const double alpha : {1.0, 1.3, 1.5, 2.0}) {
    const torch::Tensor p = entmax(torch::tensor({{NAN, 0.F, 1.F}, {0.F, 0.F, 1.F}}), alpha);
    EXPECT_TRUE(torch::isnan(p[0]).any().item<bool>()) << alpha;
    EXPECT_NEAR(p[1].sum().item<double>(), 1, 1e-6) << alpha;
  }
}

TEST(Entmax, BisectionEqualsTheExactSolutions) {
  const torch::Generator generator = at::detail::createCPUGenerator(4);
  const torch::Tensor scores =
      2 * torch::randn({50, 9}, generator, torch::TensorOptions().dtype(torch::kFloat64));
  for (const double alpha : {1.5, 2.0}) {
    const torch::Tensor bisected = entmax(scores, torch::full({50, 1}, alpha, torch::kFloat64));
    EXPECT_LT((bisected - entmax(scores, alpha)).abs().max().item<double>(), 1e-7) << alpha;
  }
}

TEST(Entmax, IsADistributionThatAShiftOfTheScoresLeaves) {
  const torch::Generator generator = at::detail::createCPUGenerator(4);
  const torch::Tensor scores = 3 * torch::randn({40, 12}, generator);
  int64_t support = 12 * 40 + 1;
  for (const double alpha : {1.0, 1.2, 1.5, 1.75, 2.0, 2.25, 4.0}) {
    const torch::Tensor p = entmax(scores, alpha);
    EXPECT_LT((p.sum(-1) - 1).abs().max().item<double>(), 1e-6) << alpha;
    EXPECT_GE(p.min().item<double>(), 0) << alpha;
    EXPECT_LT((entmax(scores + 7, alpha) - p).abs().max().item<double>(), 2e-5) << alpha;
    EXPECT_TRUE(torch::allclose(entmax(scores.flip({1}), alpha).flip({1}), p, 1e-5, 1e-6)) << alpha;
    const auto positive = (p > 0).sum().item<int64_t>();
    EXPECT_LE(positive, support) << "the support does not grow with alpha";
    support = positive;
  }
}

TEST(Entmax, TwoScoresSaturateAtAKnownGap) {
  EXPECT_EQ(probabilities({2, 0}, 1.5)[1], 0);
  EXPECT_GT(probabilities({1.99, 0}, 1.5)[1], 0);
  EXPECT_EQ(probabilities({1, 0}, 2)[1], 0);
  EXPECT_GT(probabilities({0.99, 0}, 2)[1], 0);
}

// Returns the gradient of the first probability with respect to scores and alpha.
std::pair<std::vector<double>, double> first_gradient(const std::vector<double>& values, double at) {
  const torch::Tensor scores = torch::tensor(values, torch::kFloat64).view({1, -1}).requires_grad_();
  const torch::Tensor alpha = torch::full({1, 1}, at, torch::kFloat64).requires_grad_();
  entmax(scores, alpha)[0][0].backward();
  return {to_doubles(scores.grad()[0]), alpha.grad().item<double>()};
}

TEST(Entmax, GradientsOfScoresAndAlpha) {
  const auto [first, first_alpha] = first_gradient({1, .5, .2, 0}, 1.5);
  EXPECT_THAT(first, Pointwise(DoubleNear(2e-6), std::vector<double>{.446517, -.202863, -.142086, -.101568}));
  EXPECT_NEAR(first_alpha, .387025, 2e-6);
  const auto [second, second_alpha] = first_gradient({3, 1, .2, -1}, 1.25);
  EXPECT_THAT(second, Pointwise(DoubleNear(2e-6), std::vector<double>{.119425, -.099334, -.020091, 0}));
  EXPECT_NEAR(second_alpha, .376497, 2e-6);
  EXPECT_NEAR(first_gradient({-1, 0, .5}, 1.33).second, -.2562, 1e-4);
}

TEST(Entmax, AlphaBelowOneIsRefused) {
  for (const double alpha : std::vector<double>{0.5, -1.0, NAN, INFINITY})
    EXPECT_USER_ERROR(entmax(torch::zeros({3}), alpha), "alpha");
}

TEST(EntmaxLoss, ItsGradientIsTheErrorOfTheDistribution) {
  const torch::Tensor right = torch::tensor({2, 0}, torch::kInt64);
  for (const double alpha : {1.0, 1.3, 1.5, 2.0}) {
    const torch::Tensor scores =
        torch::tensor({{0.3F, -0.2F, 0.4F, 0.1F}, {0.5F, 0.1F, -0.8F, 0.2F}}).requires_grad_();
    const torch::Tensor loss = entmax_loss(scores, right, alpha);
    EXPECT_GE(loss.min().item<double>(), 0);
    loss.sum().backward();
    const torch::Tensor expected = entmax(scores.detach(), alpha) - torch::one_hot(right, 4);
    EXPECT_LT((scores.grad() - expected).abs().max().item<double>(), 1e-5) << alpha;
  }
  EXPECT_EQ(entmax_loss(torch::tensor({{0.0F, 5.0F}}), torch::tensor({1}, torch::kInt64), 1.5).item<float>(),
            0);
}

NetworkConfig pooled(std::map<std::string, double> options) {
  NetworkConfig config{{3, 4}, 1, 6, "relu"};
  config.head = "entmax_pool";
  config.head_options = Options(std::move(options));
  return config;
}

Network sample_pooled(std::map<std::string, double> options) {
  Network network(pooled(std::move(options)), {3, 12, 10, 0.01, 4});
  RandomStream random(7, "weights");
  network.initialise(random);
  return network;
}

TEST(EntmaxPool, ReadsMeansOfTheMapAndPlacesOfItsCells) {
  const Network network = sample_pooled({{"heads", 2}});
  const auto taps = taps_of(network, sample_observations(network, 3));
  const torch::Tensor shares = taps.at("embedder.attention"), map = taps.at("embedder.relu2"),
                      pool = taps.at("embedder.pool");
  ASSERT_EQ(shares.sizes(), at::IntArrayRef({3, 2, 3, 3}));
  ASSERT_EQ(pool.sizes(), at::IntArrayRef({3, 2 * (4 + 2)}));
  EXPECT_TRUE(torch::allclose(shares.sum({2, 3}), torch::ones({3, 2})));
  for (int64_t head = 0; head < 2; ++head) {
    const torch::Tensor share = shares.select(1, head).unsqueeze(1);
    EXPECT_TRUE(torch::allclose(pool.narrow(1, head * 6, 4), (map * share).sum({2, 3}), 1e-5, 1e-6));
    const torch::Tensor row = (share.sum(3).squeeze(1) * torch::tensor({-1.0F, 0.0F, 1.0F})).sum(1);
    EXPECT_TRUE(torch::allclose(pool.select(1, head * 6 + 4), row, 1e-5, 1e-6));
  }
}

TEST(EntmaxPool, OneMarkTakesAllAndEqualMarksShare) {
  const Network network = sample_pooled({{"heads", 1}, {"alpha", 2}});
  const auto shares_for = [&](const torch::Tensor& scores) {
    torch::Tensor shares;
    network.forward(sample_observations(network, 1), [&](const std::string& name, torch::Tensor output) {
      if (name == "embedder.scores") return scores;
      if (name == "embedder.attention") shares = output;
      return output;
    });
    return shares.flatten();
  };
  torch::Tensor one = torch::zeros({1, 1, 3, 3});
  one[0][0][1][2] = 5;
  EXPECT_EQ((shares_for(one) != 0).sum().item<int64_t>(), 1);
  torch::Tensor eight = torch::full({1, 1, 3, 3}, 5.0F);
  eight[0][0][1][1] = 0;
  const torch::Tensor shares = shares_for(eight);
  EXPECT_EQ((shares != 0).sum().item<int64_t>(), 8);
  EXPECT_NEAR(shares.max().item<double>(), 1 / 8.0, 1e-6);
}

TEST(EntmaxPool, ALearnedAlphaHasAGradient) {
  const Network network = sample_pooled({{"learned", 1}});
  network.gradients().zero_();
  network.forward(sample_observations(network, 3)).value.sum().backward();
  for (size_t i = 0; i < network.layout().size(); ++i) {
    const std::string& name = network.layout()[i].name;
    if (name != "embedder.attention.alpha" && name != "embedder.scores.weight") continue;
    EXPECT_GT(network.parameter(i).grad().abs().max().item<double>(), 0) << name;
  }
  EXPECT_TRUE(torch::equal(
      network.forward(sample_observations(network, 2)).logits,
      [&] {
        Network fixed = sample_pooled({{"alpha", 1.5}});
        int64_t at = 0;
        for (const auto& p : network.layout()) {
          if (p.name == "embedder.attention.alpha") continue;
          fixed.parameters().narrow(0, at, p.count).copy_(network.parameters().narrow(0, p.offset, p.count));
          at += p.count;
        }
        return fixed.forward(sample_observations(network, 2)).logits;
      }()))
      << "alpha starts at 1.5";
}

}  // namespace
}  // namespace mazescan::policy
