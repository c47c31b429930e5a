#include "evaluator/analyses/hard_kuma.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>

#include <cmath>
#include <functional>
#include <vector>

#include "core/random.h"

namespace mazescan::analyses {
namespace {

HardKuma one_gate(double a, double b) {
  return {torch::full({1}, a, torch::kFloat64), torch::full({1}, b, torch::kFloat64)};
}

struct KumaRow {
  double a, b, zero, one, between, mean;
};
constexpr KumaRow kKumaRows[] = {
    {0.5, 0.5, 0.156599, 0.206332, 0.637069, 0.536519}, {1, 1, 0.083333, 0.083333, 0.833333, 0.5},
    {2, 2, 0.013841, 0.025511, 0.960648, 0.539593},     {5, 1, 0.000004, 0.352772, 0.647224, 0.881342},
    {1, 5, 0.352772, 0.000004, 0.647224, 0.118658},     {0.1, 0.1, 0.140498, 0.621969, 0.237533, 0.757296},
    {3, 0.5, 0.000289, 0.479318, 0.520393, 0.877074}};

TEST(HardKuma, HasTheKnownProbabilitiesAndMeans) {
  for (const KumaRow& row : kKumaRows) {
    SCOPED_TRACE(testing::Message() << "a " << row.a << ", b " << row.b);
    const HardKuma gate = one_gate(row.a, row.b);
    EXPECT_NEAR(gate.is_zero().item<double>(), row.zero, 6e-7);
    EXPECT_NEAR(gate.is_one().item<double>(), row.one, 6e-7);
    EXPECT_NEAR((gate.is_open() - gate.is_one()).item<double>(), row.between, 6e-7);
    EXPECT_NEAR(gate.mean().item<double>(), row.mean, 6e-7);
  }
}

TEST(HardKuma, HasTheKnownSamples) {
  const std::vector<double> known = {0.171838, 0.549435, 0.892286};
  const torch::Tensor u = torch::tensor({0.1, 0.5, 0.9}, torch::kFloat64), two = torch::full_like(u, 2);
  const torch::Tensor gates = HardKuma(two, two).sample(u);
  for (int64_t i = 0; i < 3; ++i) EXPECT_NEAR(gates[i].item<double>(), known[static_cast<size_t>(i)], 6e-7);
}

TEST(HardKuma, SamplesAreExactlyZeroAndOneAsOftenAsTheyShould) {
  constexpr int kSamples = 1'000'000;
  RandomStream random(1, "hard kuma");
  torch::Tensor u = torch::empty({kSamples}, torch::kFloat64);
  for (int i = 0; i < kSamples; ++i) u.data_ptr<double>()[i] = (random.next() + 0.5) / 4294967296.0;
  for (const KumaRow& row : kKumaRows) {
    SCOPED_TRACE(testing::Message() << "a " << row.a << ", b " << row.b);
    const HardKuma gate = one_gate(row.a, row.b);
    const torch::Tensor gates = gate.sample(u);
    const auto expect_share = [&](const torch::Tensor& is, double p) {
      EXPECT_NEAR(is.to(torch::kFloat64).mean().item<double>(), p, 4 * std::sqrt(p * (1 - p) / kSamples));
    };
    expect_share(gates == 0, gate.is_zero().item<double>());
    expect_share(gates == 1, gate.is_one().item<double>());
    EXPECT_NEAR(gates.mean().item<double>(), gate.mean().item<double>(), 4 * 0.5 / std::sqrt(kSamples));
  }
}

// Compares the gradients of a function of (a, b) with central differences.
void expect_kuma_gradients(const std::function<torch::Tensor(const HardKuma&)>& function, double a,
                           double b) {
  const auto leaf = [](double value) { return torch::full({1}, value, torch::kFloat64).requires_grad_(); };
  const torch::Tensor at_a = leaf(a), at_b = leaf(b);
  const auto gradients = torch::autograd::grad({function(HardKuma(at_a, at_b)).sum()}, {at_a, at_b});
  constexpr double kStep = 1e-6;
  const auto at = [&](double x, double y) { return function(one_gate(x, y)).item<double>(); };
  EXPECT_NEAR(gradients[0].item<double>(), (at(a + kStep, b) - at(a - kStep, b)) / (2 * kStep), 1e-7);
  EXPECT_NEAR(gradients[1].item<double>(), (at(a, b + kStep) - at(a, b - kStep)) / (2 * kStep), 1e-7);
}

TEST(HardKuma, GradientsAreThoseOfDifferences) {
  for (const KumaRow& row : kKumaRows) {
    SCOPED_TRACE(testing::Message() << "a " << row.a << ", b " << row.b);
    expect_kuma_gradients([](const HardKuma& gate) { return gate.is_zero(); }, row.a, row.b);
    expect_kuma_gradients([](const HardKuma& gate) { return gate.is_one(); }, row.a, row.b);
    expect_kuma_gradients([](const HardKuma& gate) { return gate.is_open(); }, row.a, row.b);
    expect_kuma_gradients([](const HardKuma& gate) { return gate.mean(); }, row.a, row.b);
  }
  const torch::Tensor u = torch::full({1}, 0.4, torch::kFloat64);
  for (const double b : {0.7, 2.0})
    expect_kuma_gradients([&](const HardKuma& gate) { return gate.sample(u); }, 1.5, b);
}

// A probability that differs from 0 by less than the spacing of numbers at 1 keeps its digits.
TEST(HardKuma, SmallProbabilitiesKeepTheirDigits) {
  const double power = std::pow(1.0 / 12, 20);
  EXPECT_NEAR(one_gate(20, 3).is_zero().item<double>() / (3 * power), 1, 1e-9);
}

TEST(HardKuma, ExtremeScoresHaveFiniteGradients) {
  for (const double a : {-60.0, 0.0, 300.0})
    for (const double b : {-60.0, 0.0, 300.0}) {
      const auto leaf = [](double value) { return torch::full({3}, value).requires_grad_(); };
      const torch::Tensor score_a = leaf(a), score_b = leaf(b);
      const HardKuma gate = HardKuma::of_scores(score_a, score_b);
      const torch::Tensor all = gate.sample(torch::tensor({1e-6F, 0.5F, 1 - 1e-6F})) + gate.is_open() +
                                gate.is_zero() + gate.is_one() + gate.mean();
      const auto gradients = torch::autograd::grad({all.sum()}, {score_a, score_b});
      EXPECT_TRUE(torch::isfinite(all).all().item<bool>()) << a << " " << b;
      EXPECT_TRUE(torch::isfinite(torch::stack({gradients[0], gradients[1]})).all().item<bool>());
    }
}

TEST(HardKuma, LikeliestIsZeroOneOrTheMeanBetween) {
  EXPECT_EQ(one_gate(0.1, 5).likeliest().item<double>(), 0);
  EXPECT_EQ(one_gate(0.1, 0.1).likeliest().item<double>(), 1);
  EXPECT_NEAR(one_gate(2, 2).likeliest().item<double>(), 0.539593, 6e-7);
}

}  // namespace
}  // namespace mazescan::analyses
