#include "policy/distribution.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"

namespace mazescan {
namespace {

Categorical make(const std::vector<float>& logits) {
  return Categorical(logits.data(), static_cast<int>(logits.size()));
}

constexpr float kBelowOne = 0x1.fffffep-1F;  // the largest that RandomStream::uniform draws

TEST(Categorical, IsTheSoftmax) {
  const std::vector<float> logits = {0.5F, -1, 2, 0};
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit);
  const Categorical distribution = make(logits);
  for (int a = 0; a < 4; ++a) {
    EXPECT_NEAR(distribution.probability(a), std::exp(logits[a]) / sum, 1e-6);
    EXPECT_NEAR(distribution.log_probability(a), logits[a] - std::log(sum), 1e-6);
  }
}

TEST(Categorical, IsTheSameForShiftedLogits) {
  const Categorical a = make({1, 2, 3}), b = make({101, 102, 103});
  for (int i = 0; i < 3; ++i) EXPECT_FLOAT_EQ(a.probability(i), b.probability(i));
}

TEST(Categorical, SurvivesExtremeLogits) {
  for (const std::vector<float>& logits : {std::vector<float>{1e30F, -1e30F, 0},
                                           {-1e30F, -1e30F, -1e30F},
                                           {3e38F, 3e38F, -3e38F},
                                           {0, -INFINITY, 0}}) {
    const Categorical distribution = make(logits);
    float sum = 0;
    for (int a = 0; a < 3; ++a) {
      EXPECT_FALSE(std::isnan(distribution.log_probability(a)));
      sum += distribution.probability(a);
    }
    EXPECT_NEAR(sum, 1, 1e-6);
    for (const float u : {0.0F, 0.5F, kBelowOne})
      EXPECT_GT(distribution.probability(distribution.sample(u)), 0) << "drew the impossible at " << u;
  }
  EXPECT_EQ(make({0, 200, 0}).log_probability(0), -200) << "the logarithm outlives the probability";
}

TEST(Categorical, SamplesByCumulativeProbability) {
  const Categorical distribution = make({std::log(0.25F), std::log(0.5F), std::log(0.25F)});
  EXPECT_EQ(distribution.sample(0), 0);
  EXPECT_EQ(distribution.sample(0.249F), 0);
  EXPECT_EQ(distribution.sample(0.251F), 1);
  EXPECT_EQ(distribution.sample(0.749F), 1);
  EXPECT_EQ(distribution.sample(0.751F), 2);
  EXPECT_EQ(distribution.sample(kBelowOne), 2);
}

TEST(Categorical, FrequenciesFollowProbabilities) {
  const std::vector<float> logits = {0, 1, -2, 0.5F, -6};
  const Categorical distribution = make(logits);
  RandomStream random(1, "frequencies");
  constexpr int kDraws = 100'000;
  std::vector<int> counts(logits.size());
  for (int i = 0; i < kDraws; ++i) ++counts.at(distribution.sample(random.uniform()));
  for (int a = 0; a < 5; ++a) {
    const double p = distribution.probability(a);
    EXPECT_NEAR(counts[a], kDraws * p, 5 * std::sqrt(kDraws * p * (1 - p))) << a;
  }
}

// Whatever rounding does to the sum of many probabilities, an action of probability 0 is never drawn.
TEST(Categorical, NeverDrawsTheImpossible) {
  RandomStream random(2, "rounding");
  for (int round = 0; round < 2000; ++round) {
    std::vector<float> logits;
    for (int a = 0; a < 14; ++a) logits.push_back(random.uniform() * 8);
    logits.push_back(-1e4F);
    const Categorical distribution = make(logits);
    EXPECT_NE(distribution.sample(kBelowOne), 14) << "round " << round;
  }
}

TEST(Categorical, ModeIsTheFirstOfTheMostProbable) {
  EXPECT_EQ(make({0, 3, 1}).mode(), 1);
  EXPECT_EQ(make({2, 0, 2}).mode(), 0);
  EXPECT_EQ(make({-5}).mode(), 0);
}

}  // namespace
}  // namespace mazescan
