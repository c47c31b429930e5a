#include "trainer/penalties.h"

#include <gmock/gmock.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <set>

#include "core/config.h"
#include "tests/storage/temporary_folder.h"
#include "tests/trainer/loss_fixture.h"
#include "trainer/elite_penalty.h"
#include "trainer/input_penalty.h"

namespace mazescan::trainer {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

class PenaltyTest : public LossFixture {
 protected:
  // Returns the memory of a term after it saw this batch.
  std::vector<double> remembered(const LossTerm& term, std::vector<double> memory = {}) {
    LossConfig config;
    config.coefficients[term.name] = term.default_coefficient;
    LossMemory all = {{term.name, std::move(memory)}};
    const Loss loss({term}, config, 0, all);
    LossStatistics statistics;
    const PpoConfig ppo;
    loss.add_gradients(loss.forward(network_, batch_, ppo), statistics);
    network_.gradients().zero_();
    loss.remember(all, statistics.observed, statistics.samples);
    return all.at(term.name);
  }
};

TEST_F(PenaltyTest, ActivationsOfSeveralLayersAreAdded) {
  const std::vector<std::string> layers = {"embedder.block1.res1.relu2", "embedder.relu1"};
  const auto term = [](std::vector<std::string> names) {
    ActivationPenaltyConfig config;
    config.layers = std::move(names);
    return switched_on(activation_l1(config));
  };
  const auto value = [&](const LossTerm& each) { return add_gradients({each}).at("activation_l1"); };
  EXPECT_NEAR(value(term(layers)), value(term({layers[0]})) + value(term({layers[1]})), 1e-6);
  expect_gradient_of(term(layers), {}, /*step_size=*/2e-3);
}

// The multiplier grows by the sequence of the method of multipliers while zeros are missing by a tenth.
TEST_F(PenaltyTest, TheMultiplierOfALayerFollowsItsMissingZeros) {
  ActivationPenaltyConfig config;
  config.zeros = 0.6;
  const LossTerm term = activation_l1(config);
  std::vector<double> memory;
  std::map<int, double> multipliers;
  for (int update = 1; update <= 200; ++update) {
    term.remember(memory, {0.5 * 8}, 8);
    multipliers[update] = memory[0];
  }
  constexpr double kStart = 0.0015;  // of the published sequence
  EXPECT_NEAR(kStart * multipliers[1], .0015075, 1e-7);
  EXPECT_NEAR(kStart * multipliers[100], .0024731, 1e-7);
  EXPECT_NEAR(multipliers[101] / multipliers[100], std::exp(0.05 * 0.1), 1e-9);
  EXPECT_NEAR(multipliers[200] / multipliers[100], std::exp(100 * 0.05 * 0.1), 1e-6);
  for (int update = 0; update < 200; ++update) term.remember(memory, {0.9 * 8}, 8);
  EXPECT_LT(memory[0], multipliers[200]) << "more zeros than wanted";
  EXPECT_EQ(term.describe(memory).at("zeros/embedder.relufc"), 0.9);
}

TEST_F(PenaltyTest, ZerosAreCountedInEveryLayer) {
  const policy::Network relu = make_network("relu");
  ActivationPenaltyConfig config;
  config.layers = {"embedder.relufc", "embedder.relu1"};
  const LossTerm term = activation_l1(config);
  const Loss loss({switched_on(term)}, LossConfig(), 0);
  const PpoConfig ppo;
  const ForwardPass pass(relu, batch_, ppo, term.taps, /*explained=*/0);
  const torch::Tensor zeros = term.observe(pass);
  for (size_t i = 0; i < 2; ++i) {
    const torch::Tensor outputs = pass.tap(config.layers[i]).flatten(1);
    const auto expected = (outputs == 0).to(torch::kFloat64).mean().item<double>();
    EXPECT_NEAR(zeros[static_cast<int64_t>(i)].item<double>() / kSamples, expected, 1e-12);
    EXPECT_GT(expected, 0);
    EXPECT_LT(expected, 1);
  }
}

TEST(Elites, KnownWeights) {
  ElitePenaltyConfig config;
  config.count = 2;
  EXPECT_THAT(elite_weights({4, 3, 2, 1, 0}, 0, config),
              Pointwise(DoubleNear(1e-12), std::vector<double>{0, 0, 2 / 3.0, 1 / 3.0, 0}));
  EXPECT_THAT(elite_weights({0, 1, 2, 3, 4}, 1, config),
              Pointwise(DoubleNear(1e-12), std::vector<double>{0, 1 / 3.0, 2 / 3.0, 0, 0}));
  EXPECT_THAT(elite_weights({5, 0, 0, 0}, 0, config), ElementsAre(0, 0, 0, 0))
      << "fewer live channels than elites";
  config.choice = EliteChoice::random;
  std::vector<double> random = elite_weights({4, 3, 2, 1, 1}, 0, config);
  EXPECT_EQ(std::count(random.begin(), random.end(), 0), 2);
  EXPECT_LE(*std::max_element(random.begin(), random.end()), 1);
  EXPECT_EQ(random, elite_weights({4, 3, 2, 1, 1}, 0, config)) << "drawn once";
  std::set<std::vector<double>> draws;
  for (config.seed = 1; config.seed <= 20; ++config.seed)
    draws.insert(elite_weights({4, 3, 2, 1, 1}, 0, config));
  EXPECT_GT(draws.size(), 5U) << "each training draws its own";
}

// Known answers (METHODS of Ross et al., 2017): small networks of one cell whose observation has a plane for each input.
class InputPenalties : public testing::Test {
 protected:
  InputPenalties(int inputs, int hidden)
      : network_({{hidden}, 0, hidden, "relu"}, {inputs, 1, 1, 1, 2}), hidden_(hidden) {
    const torch::NoGradGuard no_grad;
    network_.parameters().zero_();
    of("embedder.fc.weight").copy_(torch::eye(hidden));
  }
  torch::Tensor slice(const torch::Tensor& flat, const std::string& name) const {
    for (const auto& p : network_.layout())
      if (p.name == name) return flat.narrow(0, p.offset, p.count).view(p.shape);
    throw InternalError("no parameter " + name);
  }
  torch::Tensor of(const std::string& name) const { return slice(network_.parameters(), name); }
  torch::Tensor gradient_of(const std::string& name) const { return slice(network_.gradients(), name); }
  // The weights of the first layer: only the centre of a kernel sees the one cell.
  static torch::Tensor centre(const torch::Tensor& kernel) { return kernel.select(3, 1).select(2, 1); }
  // Returns the penalty for an input and adds its gradients.
  double penalty(const std::vector<int>& input, ExplainedValue value) {
    InputPenaltyConfig config;
    config.of = value;
    const LossTerm term = switched_on(input_l1(config));
    LossConfig coefficients;
    coefficients.coefficients[term.name] = term.default_coefficient;
    Minibatch batch;
    batch.observations =
        torch::tensor(input).to(torch::kUInt8).view({1, static_cast<int64_t>(input.size()), 1, 1});
    const Loss loss({term}, coefficients, 0);
    LossStatistics statistics;
    const PpoConfig ppo;
    loss.add_gradients(loss.forward(network_, batch, ppo), statistics);
    return statistics.terms.at("input_l1");
  }
  static void expect_values(const torch::Tensor& found, const std::vector<float>& expected) {
    EXPECT_TRUE(torch::allclose(found.flatten(), torch::tensor(expected), 0, 2e-6)) << found;
  }

  policy::Network network_;
  const int hidden_;
};

class LogisticPenalty : public InputPenalties {
 protected:
  LogisticPenalty() : InputPenalties(3, 3) {}
};

TEST_F(LogisticPenalty, IsTheKnownOne) {
  const torch::NoGradGuard no_grad;
  centre(of("embedder.block1.conv.weight")).copy_(torch::eye(3));
  of("fc_policy.weight").copy_(torch::tensor({{0.F, 0.F, 0.F}, {2.F, -1.F, 0.F}}));
  torch::AutoGradMode with_gradients(true);
  EXPECT_NEAR(penalty({1, 1, 5}, ExplainedValue::sum_log), 1.3863515, 1e-6);
  expect_values(gradient_of("fc_policy.weight").select(0, 1), {1.641789F, .717554F, 5.898357F});
}

class ReluPenalty : public InputPenalties {
 protected:
  ReluPenalty() : InputPenalties(2, 3) {}
};

TEST_F(ReluPenalty, IsTheKnownOne) {
  const torch::NoGradGuard no_grad;
  centre(of("embedder.block1.conv.weight")).copy_(torch::tensor({{1.F, 2.F}, {-1.F, 1.F}, {3.F, -1.F}}));
  of("embedder.block1.conv.bias").copy_(torch::tensor({0.F, -.5F, -10.F}));
  of("fc_value.weight").copy_(torch::tensor({{1.F, -2.F, 5.F}}));
  torch::AutoGradMode with_gradients(true);
  EXPECT_NEAR(penalty({1, 2}, ExplainedValue::value), 3, 1e-6);
  expect_values(centre(gradient_of("embedder.block1.conv.weight")), {1, 0, -2, 0, 0, 0});
  expect_values(gradient_of("embedder.block1.conv.bias"), {0, 0, 0});
  expect_values(gradient_of("fc_value.weight"), {1, -1, 0});
}

class ElitePenaltyTest : public PenaltyTest {
 protected:
  ElitePenaltyTest() {
    config_.updates = 2;
    config_.count = 1;
  }
  LossTerm term() const { return switched_on(elites(config_, {{4}, 1, 8, "tanh"}, 5)); }

  ElitePenaltyConfig config_;
};

TEST_F(ElitePenaltyTest, NothingIsPenalisedUntilTheElitesAreKnown) {
  EXPECT_EQ(add_gradients({term()}).at("elites"), 0);
  EXPECT_EQ(network_.gradients().abs().sum().item<double>(), 0);
  std::vector<double> memory = remembered(term());
  EXPECT_EQ(add_gradients({term()}, {{"elites", memory}}).at("elites"), 0);
  memory = remembered(term(), memory);
  EXPECT_GT(add_gradients({term()}, {{"elites", memory}}).at("elites"), 0);
  EXPECT_EQ(remembered(term(), memory), memory) << "decided once";
  config_.refresh = true;
  EXPECT_NE(remembered(term(), memory), memory);
}

TEST_F(ElitePenaltyTest, ItsGradientIsThatOfTheWeightedStrengths) {
  for (const auto classes : {EliteClasses::moves, EliteClasses::ninths}) {
    config_.classes = classes;
    const std::vector<double> memory = remembered(term(), remembered(term()));
    expect_gradient_of(term(), {{"elites", memory}});
  }
}

// Computes the term from its definition: by hand, for the ninths of the cheese.
TEST_F(ElitePenaltyTest, EqualsItsDefinition) {
  config_.classes = EliteClasses::ninths;
  config_.updates = 1;
  batch_.observations.select(1, 2).zero_();
  const int cells[kSamples] = {0, 4, 12, 12, 24, 0};  // of a grid 5 x 5
  const int ninths[kSamples] = {0, 2, 4, 4, 8, 0};
  for (int64_t i = 0; i < kSamples; ++i) batch_.observations[i][2].view({25})[cells[i]] = 1;
  torch::Tensor map;
  network_.forward(batch_.observations, [&](const std::string& name, torch::Tensor t) {
    if (name == "embedder.relu1") map = t.detach().abs().flatten(2).mean(2).to(torch::kFloat64);
    return t;
  });
  double expected = 0;
  for (int64_t i = 0; i < kSamples; ++i) {
    torch::Tensor sums = torch::zeros({4}, torch::kFloat64);
    for (int64_t j = 0; j < kSamples; ++j)
      if (ninths[j] == ninths[i]) sums += map[j];
    const torch::Tensor weights =
        torch::where(sums == sums.max(), torch::zeros_like(sums), sums / sums.max());
    expected += (weights * map[i]).sum().item<double>() / kSamples;
  }
  const LossMemory memory = {{"elites", remembered(term())}};
  EXPECT_NEAR(add_gradients({term()}, memory).at("elites"), expected, 1e-6);
}

class InputPenaltyTest : public PenaltyTest {
 protected:
  // Patches of planes are often equal. Then rounding decides which of them wins a max-pooling, and the gradient of the
  // input jumps.
  InputPenaltyTest() {
    batch_.observations = torch::randint(0, 4, {kSamples, 3, 5, 5}, torch::kInt64).to(torch::kUInt8);
  }
};

TEST_F(InputPenaltyTest, ItsGradientsEqualFiniteDifferences) {
  for (const auto of :
       {ExplainedValue::sum_log, ExplainedValue::chosen, ExplainedValue::margin, ExplainedValue::value}) {
    SCOPED_TRACE(static_cast<int>(of));
    constexpr double kBetweenKinks = 5e-4;  // of absolute values
    InputPenaltyConfig config;
    config.of = of;
    config.region = 2;
    expect_gradient_of(switched_on(input_l1(config)), {}, kBetweenKinks);
    expect_gradient_of(switched_on(corner_l2(config)));
  }
}

// A third of the six samples are the first and the fourth, which count three times.
TEST_F(InputPenaltyTest, AShareOfTheSamplesCountsForAll) {
  InputPenaltyConfig config;
  config.of = ExplainedValue::chosen;
  config.share = 1.0 / 3;
  const LossTerm third = switched_on(input_l1(config));
  const double value = add_gradients({third}).at("input_l1");
  expect_gradient_of(third, {}, /*step_size=*/5e-4);
  config.share = 1;
  const Minibatch whole = batch_;
  batch_ = whole.samples(torch::tensor({0, 3, 0, 3, 0, 3}, torch::kInt64));
  EXPECT_NEAR(value, add_gradients({switched_on(input_l1(config))}).at("input_l1"), 1e-6);
  batch_ = whole;
  EXPECT_GT(std::abs(value - add_gradients({switched_on(input_l1(config))}).at("input_l1")), 1e-5);
}

TEST_F(InputPenaltyTest, TheSumOfLogProbabilitiesOfAUniformPolicyHasNoSlope) {
  for (const auto& p : network_.layout())
    if (p.name == "fc_policy.weight")
      network_.parameters().narrow(0, p.offset, p.count).view(p.shape).copy_(torch::ones(p.shape) * 0.3);
    else if (p.name == "fc_policy.bias")
      network_.parameters().narrow(0, p.offset, p.count).zero_();
  EXPECT_NEAR(add_gradients({switched_on(input_l1())}).at("input_l1"), 0, 1e-6);
}

// A maze of 3 x 3 in the bottom left of a grid of 5 x 5: its top-right region of one cell is at row 2, column 2.
TEST_F(InputPenaltyTest, TheRegionIsInTheCornerOfTheMazeAndNotOfTheGrid) {
  batch_.observations.zero_();
  batch_.observations.select(1, 0).slice(1, 2, 5).slice(2, 0, 3).fill_(1);
  InputPenaltyConfig config;
  config.of = ExplainedValue::value;
  torch::Tensor input = network_.preprocess(batch_.observations).requires_grad_();
  network_.forward_preprocessed(input).value.sum().backward();
  const torch::Tensor free_plane = input.grad().select(1, 0);
  const auto expected = [&](int64_t region) {
    return free_plane.slice(1, 2, 2 + region).slice(2, 3 - region, 3).square().sum().item<double>() /
           kSamples;
  };
  for (const int region : {1, 2, 3}) {
    config.region = region;
    EXPECT_NEAR(add_gradients({switched_on(corner_l2(config))}).at("corner_l2"), expected(region), 1e-7)
        << region;
  }
  EXPECT_GT(expected(1), 0);
}

TEST(PenaltyConfig, IsChecked) {
  TrainerConfig config = tiny_training();
  config.train.loss.coefficients["corner_l2"] = {0.1, 0.1};
  config.validate();
  config.environment.own<maze::MazeConfig>().observation = envs::Interface::rgb;
  EXPECT_USER_ERROR(config.validate(), "these penalties read the planes");
  config = tiny_training();
  config.train.loss.coefficients["elites"] = {0.1, 0.1};
  config.validate();
  config.train.penalties.elites.layer = "embedder.relu7";
  EXPECT_USER_ERROR(config.validate(), "it reads layer 'embedder.relu7'");
  config = tiny_training();
  config.train.penalties.activations.layers.clear();
  EXPECT_USER_ERROR(config.validate(), "'train.penalties.activations.layers' is empty");
}

}  // namespace
}  // namespace mazescan::trainer
