#include "policy/q_heads.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include <cmath>

#include "policy/action_distribution.h"
#include "policy/network.h"
#include "policy/policy_file.h"
#include "tests/policy/sample_network.h"

namespace mazescan::policy {
namespace {

Network network_with(const std::string& head, std::map<std::string, double> options = {}) {
  NetworkConfig config{{3, 4}, 1, 6, "relu"};
  config.head = head;
  config.head_options = Options(std::move(options));
  Network made(config, {3, 6, 5, 0.01, 4});
  RandomStream random(7, "weights");
  made.initialise(random);
  return made;
}

// Known answer: with G = (.5, .3, .14, .06), the ratios to the largest are 1, .6, .28, .12.
TEST(QHeads, BcqChoosesTheBestOfTheAllowedActions) {
  const torch::Tensor q = torch::tensor({{1.F, 2.F, 3.F, 9.F}});
  const torch::Tensor behaviour = torch::tensor({{.5F, .3F, .14F, .06F}}).log() + 3;
  const std::pair<double, int> answers[] = {{.3, 1}, {.1, 3}, {0, 3}, {.2, 2}, {.7, 0}};
  for (const auto& [threshold, choice] : answers) {
    const ActionDistribution policy(q_logits(q, behaviour, threshold, 0.5));
    EXPECT_EQ(policy.mode(), std::vector{choice}) << threshold;
  }
  const torch::Tensor logits = q_logits(q, behaviour, .3, 0.5);
  EXPECT_TRUE(torch::equal(logits, torch::tensor({{2.F, 4.F, 4.F - 50.F, 4.F - 50.F}})));
  EXPECT_LT(ActionDistribution(logits).probabilities()[0][3].item<float>(), 1e-20);
  EXPECT_TRUE(torch::equal(q_logits(q, {}, .3, 0.5), q / 0.5));
}

// Forbidden actions stay below the best one, also where they are far worse than any Q allowed, or better.
TEST(QHeads, TheLikeliestActionIsThatOfQExactly) {
  torch::manual_seed(1);
  const torch::Tensor q = torch::randn({500, 5}) * 30, behaviour = torch::randn({500, 5}) * 2;
  const torch::Tensor allowed =
      torch::softmax(behaviour, 1) > 0.3 * torch::softmax(behaviour, 1).amax(1, true);
  const auto choices = [](const torch::Tensor& logits) { return ActionDistribution(logits).mode(); };
  const std::vector<int> best = choices(q.masked_fill(~allowed, -1e30));
  EXPECT_EQ(choices(q_logits(q, behaviour, 0.3, 0.0078125)), best);
  EXPECT_NE(choices(q), best) << "the test needs forbidden actions";
}

TEST(QHeads, TheValueIsTheLargestAllowedQ) {
  for (const char* head : {"q", "bcq"}) {
    const Network net = network_with(head, {{"temperature", 0.25}});
    torch::Tensor q, behaviour;
    const auto output =
        net.forward(sample_observations(net, 9), [&](const std::string& name, torch::Tensor x) {
          if (name == "fc_q") q = x;
          if (name == "fc_behaviour") behaviour = x;
          return x;
        });
    EXPECT_EQ(behaviour.defined(), std::string(head) == "bcq");
    const torch::Tensor logits = q_logits(q, behaviour, 0.3, 0.25);
    EXPECT_TRUE(torch::equal(output.logits, logits));
    EXPECT_TRUE(torch::allclose(output.value, q.gather(1, logits.argmax(1, true)).squeeze(1)));
  }
}

TEST(QHeads, AreInPolicyFiles) {
  for (const char* head : {"q", "bcq"}) {
    const Network net = network_with(head);
    const std::string bytes = encode_policy(net, "world: 5\n", "{}");
    const Policy policy = decode_policy(bytes, "p");
    EXPECT_EQ(policy.network.config().head, head);
    EXPECT_EQ(policy.network.config().head_options.at("temperature"), 0.0078125);
    EXPECT_EQ(encode_policy(policy.network, "world: 5\n", "{}"), bytes);
    const auto observations = sample_observations(net, 3);
    EXPECT_TRUE(torch::equal(policy.network.forward(observations).logits, net.forward(observations).logits));
  }
}

TEST(QHeads, RefuseThresholdsThatForbidEverything) {
  EXPECT_USER_ERROR(parse_config<NetworkConfig>("head: bcq\nhead_options: {threshold: 1}\n", "c.yaml"),
                    "'head_options.threshold' is 1");
  EXPECT_USER_ERROR(parse_config<NetworkConfig>("head: q\nhead_options: {temperature: 0}\n", "c.yaml"),
                    "'head_options.temperature' is 0");
}

}  // namespace
}  // namespace mazescan::policy
