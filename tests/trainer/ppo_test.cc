#include "trainer/ppo.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "tests/trainer/tiny_training.h"
#include "trainer/loss.h"

namespace mazescan::trainer {
namespace {

// Holds one sample, from which the loss is computed by hand.
struct Sample {
  double ratio;  // new probability / old probability
  double advantage;
  double old_value;  // relative to the network's value
  double returns;    // relative to the network's value
};

struct Expected {
  double policy_loss = 0, value_loss = 0, entropy = 0, kl = 0, clipped = 0;
  std::vector<double> policy_bias, value_bias;  // gradients of the heads' biases
};

class Ppo : public testing::Test {
 protected:
  Ppo() : network_(tiny_network(tiny_training())) {
    config_.clip = 0.2;
    torch::manual_seed(1);
  }

  Minibatch make_batch(const std::vector<Sample>& samples) const {
    const auto count = static_cast<int64_t>(samples.size());
    Minibatch batch;
    batch.observations = torch::randint(0, 2, {count, 3, 5, 5}, torch::kInt64).to(torch::kUInt8);
    batch.actions = torch::arange(count) % 5;
    torch::NoGradGuard no_grad;
    const auto output = network_.forward(batch.observations);
    batch.log_probabilities =
        torch::log_softmax(output.logits, 1).gather(1, batch.actions.unsqueeze(1)).squeeze(1);
    batch.values = output.value.clone();
    batch.returns = output.value.clone();
    batch.advantages = torch::zeros({count});
    for (int64_t i = 0; i < count; ++i) {
      batch.log_probabilities[i] -= std::log(samples[i].ratio);
      batch.advantages[i] = samples[i].advantage;
      batch.values[i] += samples[i].old_value;
      batch.returns[i] += samples[i].returns;
    }
    return batch;
  }

  // Computes all terms of the loss and their slopes at the outputs of the heads, sample by sample, in
  // doubles.
  Expected by_hand(const std::vector<Sample>& samples, const Minibatch& batch, double entropy,
                   double divisor) const {
    Expected e;
    e.policy_bias.assign(5, 0);
    e.value_bias.assign(1, 0);
    torch::NoGradGuard no_grad;
    const torch::Tensor logs =
        torch::log_softmax(network_.forward(batch.observations).logits, 1).to(torch::kFloat64);
    for (size_t i = 0; i < samples.size(); ++i) {
      const Sample& s = samples[i];
      const auto action = batch.actions[static_cast<int64_t>(i)].item<int64_t>();
      const double limited = std::min(std::max(s.ratio, 1 - config_.clip), 1 + config_.clip);
      const bool flat = s.advantage * limited < s.advantage * s.ratio;
      e.policy_loss -= std::min(s.advantage * s.ratio, s.advantage * limited);
      e.clipped += std::abs(s.ratio - 1) > config_.clip ? 1 : 0;
      e.kl += s.ratio - 1 - std::log(s.ratio);

      const double moved =
          std::min(std::max(-s.old_value, -config_.clip), config_.clip);  // from the old value
      const double clipped = s.old_value + moved - s.returns, error = -s.returns;
      const bool use_clipped = config_.clip_value && clipped * clipped > error * error;
      e.value_loss += 0.5 * (use_clipped ? clipped * clipped : error * error);
      const bool value_flat = use_clipped && moved != -s.old_value;
      if (!value_flat) e.value_bias[0] += kValueCoefficient * error / divisor;

      double sample_entropy = 0;
      for (int a = 0; a < 5; ++a) {
        const auto log_p = logs[static_cast<int64_t>(i)][a].item<double>();
        sample_entropy -= std::exp(log_p) * log_p;
      }
      e.entropy += sample_entropy;
      for (int a = 0; a < 5; ++a) {
        const auto log_p = logs[static_cast<int64_t>(i)][a].item<double>();
        const double p = std::exp(log_p);
        if (!flat) e.policy_bias[a] -= s.advantage * s.ratio * ((a == action ? 1 : 0) - p) / divisor;
        e.policy_bias[a] += entropy * p * (log_p + sample_entropy) / divisor;
      }
    }
    return e;
  }

  std::vector<double> gradient(const std::string& name) const {
    for (const auto& p : network_.layout())
      if (p.name == name) {
        const auto* g = network_.gradients().data_ptr<float>() + p.offset;
        return {g, g + p.count};
      }
    throw InternalError("no parameter " + name);
  }

  // Adds the gradients of the loss with this coefficient of the entropy.
  LossStatistics add_gradients(const Minibatch& batch, double entropy, double divisor) {
    loss_.coefficients["entropy"] = {entropy, entropy};
    LossStatistics statistics;
    const Loss loss(loss_terms(), loss_, 0);
    loss.add_gradients(loss.forward(network_, batch, config_), statistics);
    network_.gradients().div_(divisor);
    return statistics;
  }

  void expect_by_hand(const std::vector<Sample>& samples, double entropy) {
    const auto batch = make_batch(samples);
    network_.gradients().zero_();
    const LossStatistics statistics = add_gradients(batch, entropy, 10);
    const Expected e = by_hand(samples, batch, entropy, 10);
    EXPECT_NEAR(statistics.terms.at("policy_loss"), e.policy_loss, 1e-4);
    EXPECT_NEAR(statistics.terms.at("value_loss"), e.value_loss, 1e-4);
    EXPECT_NEAR(statistics.terms.at("entropy"), e.entropy, 1e-4);
    EXPECT_NEAR(statistics.change.kl, e.kl, 1e-4);
    EXPECT_EQ(statistics.change.clipped, e.clipped);
    EXPECT_EQ(statistics.weight, static_cast<double>(samples.size()));
    for (int a = 0; a < 5; ++a)
      EXPECT_NEAR(gradient("fc_policy.bias")[a], e.policy_bias[a], 1e-5) << "action " << a;
    EXPECT_NEAR(gradient("fc_value.bias")[0], e.value_bias[0], 1e-5);
  }

  bool policy_moves(const Sample& sample) {
    network_.gradients().zero_();
    add_gradients(make_batch({sample}), 0, 1);
    for (const double g : gradient("fc_policy.bias"))
      if (g != 0) return true;
    return false;
  }

  static constexpr double kValueCoefficient = 0.5;
  PpoConfig config_;
  LossConfig loss_;
  policy::Network network_;
};

TEST_F(Ppo, LossAndGradientsByHand) {
  const std::vector<Sample> samples = {
      {1.0, 2.0, 0, 0.5},       // at the old policy
      {1.1, -1.0, 0.1, -0.3},   // within all clips
      {1.5, 1.0, 0.5, 1.0},     // clipped above; value moved away from the return by more than the clip
      {1.5, -1.0, -0.5, -1.0},  // beyond the clip, but the objective gets worse: not clipped
      {0.5, 1.0, 0.5,
       -1.0},  // below the clip, but worse: not clipped; value moved towards the return: clipped
      {0.5, -1.0, -0.5, 1.0},  // clipped below
      {0.9, 0.0, -3.0, 0.2},   // no advantage
  };
  expect_by_hand(samples, 0);
  expect_by_hand(samples, 0.3);
  config_.clip_value = false;
  expect_by_hand(samples, 0.3);
  config_.clip = 0.6;
  expect_by_hand(samples, 0);
}

// Checks one sample against numbers computed by hand.
TEST_F(Ppo, OneSampleInNumbers) {
  const auto batch = make_batch({{1.5, 2.0, 0, 3.0}});
  const LossStatistics statistics = add_gradients(batch, 0, 1);
  EXPECT_NEAR(statistics.terms.at("policy_loss"), -2.4, 1e-5);  // -min(2 x 1.5, 2 x 1.2)
  EXPECT_NEAR(statistics.terms.at("value_loss"), 4.5, 1e-4);    // 3 squared, halved
  EXPECT_NEAR(statistics.change.kl, 0.5 - std::log(1.5), 1e-5);
  EXPECT_EQ(statistics.change.clipped, 1);
  EXPECT_NEAR(gradient("fc_value.bias")[0], -1.5, 1e-4);  // 0.5 x (value - return)
}

TEST_F(Ppo, ClippingStopsThePolicyOnlyWhereTheObjectiveImproves) {
  EXPECT_FALSE(policy_moves({1.21, 1, 0, 0}));
  EXPECT_TRUE(policy_moves({1.19, 1, 0, 0}));
  EXPECT_TRUE(policy_moves({1.21, -1, 0, 0}));
  EXPECT_FALSE(policy_moves({0.79, -1, 0, 0}));
  EXPECT_TRUE(policy_moves({0.81, -1, 0, 0}));
  EXPECT_TRUE(policy_moves({0.79, 1, 0, 0}));
}

// A small step against the gradient changes each term in the wanted direction.
TEST_F(Ppo, StepsReduceEachTerm) {
  const auto after_step = [&](const Sample& sample, double entropy) {
    const auto batch = make_batch({sample});
    network_.gradients().zero_();
    add_gradients(batch, entropy, 1);
    torch::NoGradGuard no_grad;
    const auto describe = [&] {
      const auto output = network_.forward(batch.observations);
      const torch::Tensor logs = torch::log_softmax(output.logits, 1)[0];
      return std::array<double, 3>{logs[batch.actions[0].item<int64_t>()].item<double>(),
                                   output.value.item<double>(), -(logs.exp() * logs).sum().item<double>()};
    };
    const auto before = describe();
    const torch::Tensor saved = network_.parameters().clone();
    network_.parameters().sub_(network_.gradients(), 1e-3);
    auto change = describe();
    network_.parameters().copy_(saved);
    for (int i = 0; i < 3; ++i) change[i] -= before[i];
    return change;
  };
  EXPECT_GT(after_step({1, 1, 0, 0}, 0)[0], 0) << "a good action becomes more likely";
  EXPECT_LT(after_step({1, -1, 0, 0}, 0)[0], 0) << "a bad action becomes less likely";
  EXPECT_GT(after_step({1, 0, 0, 2}, 0)[1], 0) << "the value approaches the return";
  EXPECT_LT(after_step({1, 0, 0, -2}, 0)[1], 0);
  EXPECT_GT(after_step({1, 0, 0, 0}, 1)[2], 0) << "entropy grows";
}

TEST_F(Ppo, GradientsOfPartsAddUpToTheWhole) {
  const std::vector<Sample> samples = {{1, 1, 0, 1}, {1.1, -1, 0.1, 0}, {0.9, 2, 0, -1}, {1, -0.5, 0, 2}};
  const auto whole = make_batch(samples);
  const LossStatistics statistics = add_gradients(whole, 0.1, 4);
  const torch::Tensor expected = network_.gradients().clone();
  network_.gradients().zero_();
  double policy_loss = 0;
  for (int64_t i = 0; i < 4; i += 2) {
    const auto part = [&](const torch::Tensor& t) { return t.narrow(0, i, 2); };
    Minibatch half = whole;
    for (torch::Tensor* t : {&half.observations, &half.actions, &half.log_probabilities, &half.advantages,
                             &half.values, &half.returns})
      *t = part(*t);
    policy_loss += add_gradients(half, 0.1, 1).terms.at("policy_loss");
  }
  network_.gradients().div_(4);
  EXPECT_TRUE(torch::allclose(network_.gradients(), expected, 1e-4, 1e-6));
  EXPECT_NEAR(policy_loss, statistics.terms.at("policy_loss"), 1e-5);
}

}  // namespace
}  // namespace mazescan::trainer
