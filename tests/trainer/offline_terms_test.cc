#include "trainer/offline_terms.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "policy/q_heads.h"
#include "tests/trainer/loss_fixture.h"

namespace mazescan::trainer {
namespace {

class CloneTerms : public LossFixture {};
class BcqTerms : public LossFixture {
 protected:
  BcqTerms() : LossFixture("tanh", "bcq") {}
};
class CqlTerms : public LossFixture {
 protected:
  CqlTerms() : LossFixture("tanh", "q") {}
};

class TransformerTerms : public LossFixture {
 protected:
  TransformerTerms() : LossFixture("tanh", "decision_transformer") {
    batch_.returns = torch::tensor({1.F, 2.F, 5.F, 30.F, 400.F, INFINITY});
  }
};

TEST_F(TransformerTerms, HaveTheGradientsOfTheirValues) {
  for (const LossTerm& term : offline_terms(OfflineLearner::decision_transformer)) expect_gradient_of(term);
}

// The terms, from the outputs of the two layers.
TEST_F(TransformerTerms, AreTheLikelihoodsOfReturnAndActionForIt) {
  const std::vector<int64_t> bins = {0, 1, 3, 8, 16, 17};
  double of_return = 0, of_action = 0;
  network_.forward(batch_.observations, [&](const std::string& name, torch::Tensor output) {
    for (int64_t i = 0; i < kSamples; ++i) {
      const int64_t bin = bins[static_cast<size_t>(i)];
      if (name == "fc_return") of_return -= torch::log_softmax(output[i], 0)[bin].item<double>() / kSamples;
      if (name == "fc_actions")
        of_action -= torch::log_softmax(output[i].view({18, 5})[bin], 0)[i % 5].item<double>() / kSamples;
    }
    return output;
  });
  const auto terms = add_gradients(offline_terms(OfflineLearner::decision_transformer));
  EXPECT_NEAR(terms.at("return_prediction"), of_return, 1e-5);
  EXPECT_NEAR(terms.at("imitation"), of_action, 1e-5);
}

TEST_F(CloneTerms, HaveTheGradientsOfTheirValues) {
  expect_gradient_of(imitation(OfflineLearner::clone));
}

TEST_F(BcqTerms, HaveTheGradientsOfTheirValues) {
  batch_.returns = batch_.returns * 3;  // errors on both sides of Huber's 1
  for (const LossTerm& term : offline_terms(OfflineLearner::bcq)) expect_gradient_of(switched_on(term));
}

TEST_F(CqlTerms, HaveTheGradientsOfTheirValues) {
  for (const LossTerm& term : offline_terms(OfflineLearner::cql)) expect_gradient_of(term);
}

// A network without observations: its Q and behaviour are the biases. One sample for each entry of `actions`.
struct Table {
  Table(const char* head, const std::vector<float>& q, const std::vector<int64_t>& actions,
        const std::vector<float>& behaviour = {})
      : network(config_of(head), {3, 5, 5, 1, static_cast<int>(q.size())}) {
    set("fc_q.bias", q);
    if (!behaviour.empty()) set("fc_behaviour.bias", behaviour);
    batch.observations = torch::zeros({static_cast<int64_t>(actions.size()), 3, 5, 5}, torch::kUInt8);
    batch.actions = torch::tensor(actions);
  }

  // Returns the terms, as means over the samples; adds their gradients, with these coefficients.
  std::map<std::string, double> add_gradients(const std::vector<LossTerm>& terms,
                                              const std::map<std::string, double>& coefficients) {
    LossConfig config;
    for (const auto& [name, value] : coefficients) config.coefficients[name] = {value, value};
    LossStatistics statistics;
    const PpoConfig ppo;
    const Loss loss(terms, config, 0);
    loss.add_gradients(loss.forward(network, batch, ppo), statistics);
    network.gradients().div_(batch.actions.size(0));
    for (auto& [name, sum] : statistics.terms) sum /= static_cast<double>(batch.actions.size(0));
    return statistics.terms;
  }
  torch::Tensor gradient(const std::string& name) const { return slice(network.gradients(), name); }
  torch::Tensor values(const std::string& name) const { return slice(network.parameters(), name); }

  policy::Network network;
  Minibatch batch;

 private:
  static policy::NetworkConfig config_of(const char* head) {
    policy::NetworkConfig config{{2}, 0, 3, "relu"};
    config.head = head;
    return config;
  }
  torch::Tensor slice(const torch::Tensor& flat, const std::string& name) const {
    for (const auto& p : network.layout())
      if (p.name == name) return flat.narrow(0, p.offset, p.count);
    throw InternalError("no parameter " + name);
  }
  void set(const std::string& name, const std::vector<float>& numbers) {
    values(name).copy_(torch::tensor(numbers));
  }
};

// Known answers: the minimum of E[(Q - r)^2] / 2 + alpha (log sum exp Q - E Q) in one state, r = (0, 1), for
// these shares of the first action in the data. The loss is convex, so its minimum is where its gradient is
// 0.
TEST(Cql, ItsMinimumIsTheKnownOne) {
  struct Answer {
    int first_actions;  // of ten
    double alpha, q0, q1;
  };
  const Answer answers[] = {{9, 0, 0, 1},
                            {9, .1, .05637, .49263},
                            {9, .5, .15182, -.36637},
                            {9, 1, .19616, -.76548},
                            {9, 4, .26594, -1.39349},
                            {5, 0, 0, 1},
                            {5, .1, .04278, .95722},
                            {5, .5, .16258, .83742},
                            {5, 1, .24738, .75262},
                            {5, 4, .39973, .60027}};
  for (const auto& [first_actions, alpha, q0, q1] : answers) {
    std::vector<int64_t> actions(10, 1);
    std::fill_n(actions.begin(), first_actions, 0);
    const auto gradient_at = [&](double shift) {
      Table table("q", {static_cast<float>(q0 + shift), static_cast<float>(q1)}, actions);
      table.batch.returns = table.batch.actions.to(torch::kFloat32);
      table.add_gradients(offline_terms(OfflineLearner::cql), {{"conservative", alpha}});
      return table.gradient("fc_q.bias").abs().max().item<double>();
    };
    EXPECT_LT(gradient_at(0), 3e-5) << first_actions << " " << alpha;
    EXPECT_GT(gradient_at(0.001), 3e-4) << first_actions << " " << alpha;
  }
}

// With 90 % of the worse action in the data, alpha from .5 on prefers it: the table above, as choices.
TEST(Cql, ALargeAlphaTurnsTheChoiceTowardsTheData) {
  for (const double alpha : {.1, .5}) {
    Table table("q", {0, 0}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    table.batch.returns = table.batch.actions.to(torch::kFloat32);
    for (int step = 0; step < 400; ++step) {
      table.network.gradients().zero_();
      table.add_gradients(offline_terms(OfflineLearner::cql), {{"conservative", alpha}});
      table.values("fc_q.bias").sub_(table.gradient("fc_q.bias"), 0.5);
    }
    const torch::Tensor choice = table.network.forward(table.batch.observations).logits.argmax(1);
    EXPECT_EQ(choice[0].item<int64_t>(), alpha < 0.5 ? 1 : 0);
  }
}

// An action that is never in the data has no minimum: its Q sinks without bound.
TEST(Cql, AnUnseenActionSinksOnAndOn) {
  Table table("q", {0, 0}, {0, 0});
  table.batch.returns = torch::ones({2});
  const double expected[] = {-.94, -2.88};
  int steps = 0;
  for (const int until : {100, 1000}) {
    for (; steps < until; ++steps) {
      table.network.gradients().zero_();
      table.add_gradients(offline_terms(OfflineLearner::cql), {});
      table.values("fc_q.bias").sub_(table.gradient("fc_q.bias"), 0.05);
    }
    EXPECT_NEAR(table.values("fc_q.bias")[1].item<double>(), expected[until == 100 ? 0 : 1], 0.05) << until;
  }
}

TEST(Bcq, ItsTermsAreTheKnownOnes) {
  Table table("bcq", {1, 2, 3}, {0, 2}, {0, 1, -1});
  table.batch.returns = torch::tensor({0.5F, 0.F});  // errors .5 and 3
  const auto terms = table.add_gradients(offline_terms(OfflineLearner::bcq), {});
  EXPECT_NEAR(terms.at("q_error"), (0.125 + 2.5) / 2, 1e-6);
  const double log_sum = std::log(1 + std::exp(1) + std::exp(-1));
  EXPECT_NEAR(terms.at("imitation"), (log_sum + log_sum + 1) / 2, 1e-6);
  EXPECT_NEAR(terms.at("behaviour_l2"), 2 / 3.0, 1e-6);
  EXPECT_NEAR(table.gradient("fc_q.bias")[2].item<double>(), 0.5, 1e-6) << "linear beyond 1";
}

// Three states in a row, reward 1 at the end; the data has action 0 only, and the other's Q begins at 2.
// Plain double DQN takes it for real; BCQ does not choose it.
TEST(QTargets, OfAChainWithAnUnseenAction) {
  const torch::Tensor rewards = torch::tensor({0.F, 0.F, 1.F}),
                      terminated = torch::tensor({false, false, true});
  const torch::Tensor behaviour = torch::tensor({{.999F, .001F}}).log().expand({3, 2});
  const auto learned = [&](double threshold) {
    torch::Tensor q = torch::tensor({{0.F, 2.F}, {0.F, 2.F}, {0.F, 2.F}});
    for (int sweep = 0; sweep < 5; ++sweep) {
      const torch::Tensor next_q = torch::cat({q.narrow(0, 1, 2), q.narrow(0, 2, 1)});
      const torch::Tensor choices = policy::q_logits(next_q, behaviour, threshold, 0.5).argmax(1);
      q = torch::stack({q_targets(rewards, terminated, choices, next_q, 0.9), q.select(1, 1)}, 1);
    }
    return q.select(1, 0);
  };
  EXPECT_TRUE(torch::allclose(learned(0), torch::tensor({1.8F, 1.8F, 1.F})));
  EXPECT_TRUE(torch::allclose(learned(.3), torch::tensor({.81F, .9F, 1.F})));
}

// The choice is the online network's, its value the target network's; only a terminated step has no future.
TEST(QTargets, AreThoseOfDoubleQLearning) {
  const torch::Tensor next_q = torch::tensor({{1.F, 5.F}, {3.F, 7.F}});
  const torch::Tensor targets = q_targets(torch::tensor({0.25F, 2.F}), torch::tensor({false, true}),
                                          torch::tensor({int64_t{0}, int64_t{1}}), next_q, 0.5);
  EXPECT_TRUE(torch::equal(targets, torch::tensor({0.75F, 2.F})));
}

}  // namespace
}  // namespace mazescan::trainer
