#include "trainer/advantages.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/random.h"

namespace mazescan::trainer {
namespace {

constexpr int kSteps = 12, kWidth = 5;

struct Rollout {
  torch::Tensor rewards, values, dones, last_values, advantages;
};

Rollout sample_rollout(float done_probability) {
  RandomStream random(1, "rollout");
  const auto draw = [&](at::IntArrayRef shape) {
    torch::Tensor t = torch::empty(shape);
    for (int64_t i = 0; i < t.numel(); ++i) t.data_ptr<float>()[i] = random.uniform() * 4 - 2;
    return t;
  };
  Rollout r{draw({kSteps, kWidth}), draw({kSteps, kWidth}), torch::zeros({kSteps, kWidth}), draw({kWidth}),
            torch::full({kSteps, kWidth}, NAN)};
  for (int64_t i = 0; i < r.dones.numel(); ++i)
    r.dones.data_ptr<float>()[i] = random.uniform() < done_probability ? 1 : 0;
  return r;
}

// Computes A_t = sum over l of (gamma lambda)^l delta_(t+l), up to the end of the episode.
double by_definition(const Rollout& r, int t, int n, double gamma, double lambda) {
  double sum = 0, weight = 1;
  for (int i = t; i < kSteps; ++i) {
    const bool done = r.dones[i][n].item<float>() == 1;
    const double next = i + 1 < kSteps ? r.values[i + 1][n].item<double>() : r.last_values[n].item<double>();
    sum +=
        weight * (r.rewards[i][n].item<double>() + (done ? 0 : gamma * next) - r.values[i][n].item<double>());
    if (done) break;
    weight *= gamma * lambda;
  }
  return sum;
}

TEST(Advantages, EqualTheDefinition) {
  for (const auto& [gamma, lambda] : {std::pair{0.9, 0.95}, {0.999, 0.5}, {1.0, 1.0}, {0.9, 0.0}, {0.0, 0.9}})
    for (const float done_probability : {0.0F, 0.3F, 1.0F}) {
      Rollout r = sample_rollout(done_probability);
      generalised_advantages(r.rewards, r.values, r.dones, r.last_values, gamma, lambda, r.advantages);
      for (int t = 0; t < kSteps; ++t)
        for (int n = 0; n < kWidth; ++n)
          EXPECT_NEAR(r.advantages[t][n].item<double>(), by_definition(r, t, n, gamma, lambda), 1e-4)
              << "t " << t << " n " << n << " gamma " << gamma << " lambda " << lambda;
    }
}

TEST(Advantages, DoNotCrossTheEndOfAnEpisode) {
  Rollout r = sample_rollout(0);
  r.dones[6].fill_(1);
  generalised_advantages(r.rewards, r.values, r.dones, r.last_values, 0.99, 0.95, r.advantages);
  const torch::Tensor before = r.advantages.clone();
  r.rewards.narrow(0, 7, kSteps - 7).fill_(1000);
  r.last_values.fill_(1000);
  generalised_advantages(r.rewards, r.values, r.dones, r.last_values, 0.99, 0.95, r.advantages);
  EXPECT_TRUE(torch::equal(r.advantages.narrow(0, 0, 7), before.narrow(0, 0, 7)));
  EXPECT_FALSE(torch::equal(r.advantages[7], before[7]));
}

}  // namespace
}  // namespace mazescan::trainer
