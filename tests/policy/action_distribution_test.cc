#include "policy/action_distribution.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <cmath>

#include "core/error.h"
#include "core/random.h"

namespace mazescan::policy {
namespace {

// Makes one row of logits.
struct OneRow {
  explicit OneRow(const std::vector<float>& logits)
      : distribution(logits.data(), 1, static_cast<int64_t>(logits.size())) {}
  float probability(int action) const { return distribution.probabilities()[0][action].item<float>(); }
  float log_probability(int action) const {
    return distribution.log_probabilities()[0][action].item<float>();
  }
  int sample(float u) const { return distribution.sample({u}).front(); }
  int mode() const { return distribution.mode().front(); }

  ActionDistribution distribution;
};

torch::Tensor random_logits(int64_t rows, int64_t actions) {
  RandomStream random(3, "logits");
  torch::Tensor logits = torch::empty({rows, actions});
  for (int64_t i = 0; i < logits.numel(); ++i) logits.data_ptr<float>()[i] = 6 * random.uniform() - 3;
  return logits;
}

constexpr float kBelowOne = 0x1.fffffep-1F;  // the largest number that RandomStream::uniform draws

TEST(ActionDistribution, IsTheSoftmax) {
  const std::vector<float> logits = {0.5F, -1, 2, 0};
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit);
  const OneRow row(logits);
  double entropy = 0;
  for (int a = 0; a < 4; ++a) {
    const double p = std::exp(logits[a]) / sum;
    EXPECT_NEAR(row.probability(a), p, 1e-6);
    EXPECT_NEAR(row.log_probability(a), std::log(p), 1e-6);
    EXPECT_NEAR(row.distribution.log_prob(torch::tensor({a}, torch::kInt64)).item<float>(), std::log(p),
                1e-6);
    entropy -= p * std::log(p);
  }
  EXPECT_NEAR(row.distribution.entropy().item<float>(), entropy, 1e-6);
}

TEST(ActionDistribution, IsTheSameForShiftedLogits) {
  const OneRow a({1, 2, 3}), b({101, 102, 103});
  for (int i = 0; i < 3; ++i) EXPECT_FLOAT_EQ(a.probability(i), b.probability(i));
}

// The bits of a row must not depend on the batch: a cached row must give the action of the whole batch.
TEST(ActionDistribution, ARowHasTheSameBitsInABatchOfAnySize) {
  const torch::Tensor logits = random_logits(67, 5);
  const ActionDistribution batch(logits);
  for (int64_t n = 0; n < 67; ++n) {
    const ActionDistribution alone(logits.narrow(0, n, 1));
    EXPECT_TRUE(torch::equal(alone.probabilities(), batch.probabilities().narrow(0, n, 1))) << n;
    EXPECT_TRUE(torch::equal(alone.log_probabilities(), batch.log_probabilities().narrow(0, n, 1))) << n;
    EXPECT_EQ(alone.mode().front(), batch.mode()[static_cast<size_t>(n)]) << n;
  }
}

TEST(ActionDistribution, RowsOfPlainMemoryAndStridedTensorsAreTheSame) {
  const torch::Tensor logits = random_logits(4, 3);
  const ActionDistribution expected(logits);
  const ActionDistribution plain(logits.data_ptr<float>(), 4, 3);
  const ActionDistribution strided(logits.t().contiguous().t());
  EXPECT_TRUE(torch::equal(plain.probabilities(), expected.probabilities()));
  EXPECT_TRUE(torch::equal(strided.probabilities(), expected.probabilities()));
  EXPECT_EQ(ActionDistribution(nullptr, 0, 3).mode().size(), 0U);
}

// Logits that require gradients take another code path and must give the same numbers.
TEST(ActionDistribution, GradientsAreThoseOfTheSoftmax) {
  const torch::Tensor logits = random_logits(6, 4), actions = torch::tensor({0, 3, 1, 2, 2, 0});
  const torch::Tensor leaf = logits.clone().requires_grad_();
  const ActionDistribution plain(logits), differentiable(leaf);
  EXPECT_FALSE(plain.probabilities().requires_grad());
  EXPECT_TRUE(torch::allclose(plain.probabilities(), differentiable.probabilities(), 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(plain.entropy(), differentiable.entropy(), 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(plain.log_prob(actions), differentiable.log_prob(actions), 1e-5, 1e-6));
  EXPECT_EQ(plain.mode(), differentiable.mode());
  const std::vector<float> draws = {0, 0.2F, 0.4F, 0.6F, 0.8F, kBelowOne};
  EXPECT_EQ(plain.sample(draws), differentiable.sample(draws));

  const torch::Tensor p = plain.probabilities(), log_p = plain.log_probabilities();
  const auto gradient = [&](const torch::Tensor& loss) {
    return torch::autograd::grad({loss}, {leaf}, {}, /*retain_graph=*/true)[0];
  };
  const torch::Tensor chosen = torch::zeros({6, 4}).scatter_(1, actions.unsqueeze(1), 1);
  EXPECT_TRUE(torch::allclose(gradient(differentiable.log_prob(actions).sum()), chosen - p, 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(gradient(differentiable.entropy().sum()),
                              -p * (log_p + plain.entropy().unsqueeze(1)), 1e-4, 1e-5));
}

TEST(ActionDistribution, SurvivesExtremeLogits) {
  for (const std::vector<float>& logits : {std::vector<float>{1e30F, -1e30F, 0},
                                           {-1e30F, -1e30F, -1e30F},
                                           {3e38F, 3e38F, -3e38F},
                                           {0, -INFINITY, 0}}) {
    const OneRow row(logits);
    float sum = 0;
    for (int a = 0; a < 3; ++a) {
      EXPECT_FALSE(std::isnan(row.log_probability(a)));
      sum += row.probability(a);
    }
    EXPECT_NEAR(sum, 1, 1e-6);
    for (const float u : {0.0F, 0.5F, kBelowOne})
      EXPECT_GT(row.probability(row.sample(u)), 0) << "drew the impossible at " << u;
  }
  EXPECT_EQ(OneRow({0, 200, 0}).log_probability(0), -200) << "the logarithm outlives the probability";
}

TEST(ActionDistribution, SamplesByCumulativeProbability) {
  const OneRow row({std::log(0.25F), std::log(0.5F), std::log(0.25F)});
  EXPECT_EQ(row.sample(0), 0);
  EXPECT_EQ(row.sample(0.249F), 0);
  EXPECT_EQ(row.sample(0.251F), 1);
  EXPECT_EQ(row.sample(0.749F), 1);
  EXPECT_EQ(row.sample(0.751F), 2);
  EXPECT_EQ(row.sample(kBelowOne), 2);
}

TEST(ActionDistribution, EachRowHasItsOwnDraw) {
  const ActionDistribution rows(torch::tensor({{0.0F, 0.0F}, {0.0F, 0.0F}, {50.0F, 0.0F}}));
  EXPECT_EQ(rows.sample({0.4F, 0.6F, 0.6F}), (std::vector<int>{0, 1, 0}));
  EXPECT_THROW(rows.sample({0.4F}), InternalError);
}

TEST(ActionDistribution, FrequenciesFollowProbabilities) {
  const std::vector<float> logits = {0, 1, -2, 0.5F, -6};
  const OneRow row(logits);
  RandomStream random(1, "frequencies");
  constexpr int kDraws = 100'000;
  const torch::Tensor rows = torch::tensor(logits).repeat({kDraws, 1});
  std::vector<float> draws(kDraws);
  for (float& u : draws) u = random.uniform();
  std::vector<int> counts(logits.size());
  for (const int action : ActionDistribution(rows).sample(draws)) ++counts.at(action);
  for (int a = 0; a < 5; ++a) {
    const double p = row.probability(a);
    EXPECT_NEAR(counts[a], kDraws * p, 5 * std::sqrt(kDraws * p * (1 - p))) << a;
  }
}

// An action of probability 0 is never drawn, whatever the rounding error of a sum of many probabilities.
TEST(ActionDistribution, NeverDrawsTheImpossible) {
  RandomStream random(2, "rounding");
  for (int round = 0; round < 2000; ++round) {
    std::vector<float> logits;
    for (int a = 0; a < 14; ++a) logits.push_back(random.uniform() * 8);
    logits.push_back(-1e4F);
    EXPECT_NE(OneRow(logits).sample(kBelowOne), 14) << "round " << round;
  }
}

TEST(ActionDistribution, ModeIsTheFirstOfTheMostProbable) {
  EXPECT_EQ(OneRow({0, 3, 1}).mode(), 1);
  EXPECT_EQ(OneRow({2, 0, 2}).mode(), 0);
  EXPECT_EQ(OneRow({-5}).mode(), 0);
}

}  // namespace
}  // namespace mazescan::policy
