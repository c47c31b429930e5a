// Trainings with penalties whose results are known.
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <utility>

#include "core/random.h"
#include "statistics/decision_tree.h"
#include "tests/trainer/loss_fixture.h"
#include "trainer/adam.h"
#include "trainer/elite_penalty.h"
#include "trainer/input_penalty.h"
#include "trainer/penalties.h"

namespace mazescan::trainer {
namespace {

constexpr int kSide = 5, kInputs = 3 * kSide * kSide;

// A network of one hidden layer on observations of 3 x 5 x 5, trained on labels.
class LabelledTraining {
 public:
  LabelledTraining(int hidden, int actions, int64_t samples)
      : config{{}, 0, hidden, "relu"}, network(config, {3, kSide, kSide, 1, actions}) {
    torch::manual_seed(1);
    RandomStream random(1, "planted penalties");
    network.initialise(random);
    batch.observations = torch::zeros({samples, 3, kSide, kSide}, torch::kUInt8);
    batch.actions = torch::zeros({samples}, torch::kInt64);
    batch.log_probabilities = torch::zeros({samples});
  }

  torch::Tensor parameter(const std::string& name) {
    for (size_t i = 0; i < network.layout().size(); ++i)
      if (network.layout()[i].name == name) return network.parameter(i);
    ADD_FAILURE() << "no parameter " << name;
    return {};
  }
  // One input of all samples. Shapes: [samples] uint8, a view.
  torch::Tensor input(int plane, int row, int column) {
    return batch.observations.select(1, plane).select(1, row).select(1, column);
  }

  // Minimises the terms, each with its default coefficient, by Adam.
  void train(const std::vector<LossTerm>& terms, int steps, double rate) {
    LossConfig coefficients;
    for (const LossTerm& term : terms) coefficients.coefficients[term.name] = term.default_coefficient;
    const PpoConfig ppo;
    Adam adam(network.parameters(), 1e-8);
    const auto samples = static_cast<double>(batch.observations.size(0));
    for (int step = 0; step < steps; ++step) {
      const Loss loss(terms, coefficients, 0, memory);
      LossStatistics statistics;
      network.gradients().zero_();
      loss.add_gradients(loss.forward(network, batch, ppo), statistics);
      loss.remember(memory, statistics.observed, statistics.samples);
      network.gradients().div_(samples);
      adam.step(network.parameters(), network.gradients(), rate);
    }
  }

  double accuracy() const {
    const torch::NoGradGuard no_grad;
    const torch::Tensor likeliest = network.forward(batch.observations).logits.argmax(1);
    return (likeliest == batch.actions).to(torch::kFloat64).mean().item<double>();
  }
  torch::Tensor hidden() const {
    const torch::NoGradGuard no_grad;
    torch::Tensor values;
    network.forward(batch.observations, [&](const std::string& name, torch::Tensor output) {
      if (name == "embedder.relufc") values = output;
      return output;
    });
    return values;
  }

  policy::NetworkConfig config;
  policy::Network network;
  Minibatch batch;
  LossMemory memory;
};

LossTerm label_loss() {
  LossTerm term;
  term.name = "label_loss";
  term.of_samples = [](const ForwardPass& pass, const std::vector<double>&) {
    return -pass.distribution().log_prob(pass.batch().actions);
  };
  return switched_on(term);
}

// A unit that nothing else needs is pushed down by rate x coefficient in each step, and stays at 0.
TEST(PlantedL1, AUselessUnitFallsToZero) {
  LabelledTraining training(1, 5, 4);
  const torch::NoGradGuard no_grad;
  for (const char* name : {"embedder.fc.weight", "fc_policy.weight", "fc_value.weight"})
    training.parameter(name).zero_();
  torch::Tensor bias = training.parameter("embedder.fc.bias");
  bias.fill_(0.1);
  const LossTerm term = switched_on(activation_l1({}), 0.5);
  LossConfig config;
  config.coefficients[term.name] = term.default_coefficient;
  const PpoConfig ppo;
  std::vector<double> values;
  for (int step = 0; step < 12; ++step) {
    values.push_back(bias.item<double>());
    const Loss loss({term}, config, 0);
    LossStatistics statistics;
    training.network.gradients().zero_();
    {
      const torch::AutoGradMode with_gradients(true);
      loss.add_gradients(loss.forward(training.network, training.batch, ppo), statistics);
    }
    training.network.parameters().sub_(training.network.gradients() / 4, /*alpha=*/0.025);
  }
  for (size_t step = 0; step < 8; ++step)
    EXPECT_NEAR(values[step], 0.1 - 0.0125 * static_cast<double>(step), 1e-6);
  EXPECT_LE(values.back(), 0);
  EXPECT_GT(values.back(), -0.0126) << "at most one step beyond 0";
}

// Units 0 and 1 both show that action 0 is right, 2 and 3 that action 1 is, and 4 to 7 are noise. With one elite for each
// action the others fall silent, and two rules are left, which one unit decides.
TEST(PlantedElites, OneUnitForEachActionIsLeft) {
  constexpr int64_t kSamples = 256;
  LabelledTraining training(8, 2, kSamples);
  {
    const torch::NoGradGuard no_grad;
    training.batch.actions = torch::arange(kSamples) % 2;
    training.input(0, 0, 0).copy_(1 - training.batch.actions);
    training.input(0, 0, 1).copy_(training.batch.actions);
    for (int noise = 0; noise < 4; ++noise)
      training.input(1, 0, noise).copy_(torch::randint(0, 2, {kSamples}, torch::kInt64));
    for (torch::Tensor weights :
         {training.parameter("embedder.fc.weight"), training.parameter("embedder.fc.bias"),
          training.parameter("fc_policy.weight"), training.parameter("fc_policy.bias")})
      weights.zero_();
    const auto show = [&](int64_t unit, int64_t input, double strength) {
      training.parameter("embedder.fc.weight")[unit][input] = strength;
    };
    show(0, 0, 1);
    show(1, 0, 0.9);
    show(2, 1, 1);
    show(3, 1, 0.9);
    for (int64_t noise = 0; noise < 4; ++noise) show(4 + noise, kSide * kSide + noise, 0.4);  // mean 0.2
    training.parameter("fc_policy.weight").narrow(1, 0, 2)[0].fill_(2);
    training.parameter("fc_policy.weight").narrow(1, 2, 2)[1].fill_(2);
  }
  ASSERT_EQ(training.accuracy(), 1);
  ElitePenaltyConfig config;
  config.layer = "embedder.relufc";
  config.count = 1;
  config.updates = 1;
  training.train({label_loss(), switched_on(elites(config, training.config, 2), 0.5)}, 600, 0.01);
  EXPECT_EQ(training.accuracy(), 1);
  const torch::Tensor hidden = training.hidden(), first = training.batch.actions == 0;
  const auto mean_of = [&](int64_t unit, const torch::Tensor& states) {
    return hidden.select(1, unit).masked_select(states).mean().item<double>();
  };
  EXPECT_GT(mean_of(0, first), 0.5);
  EXPECT_GT(mean_of(2, first.logical_not()), 0.5);
  EXPECT_LT(mean_of(1, first), 0.02);
  EXPECT_LT(mean_of(3, first.logical_not()), 0.02);
  std::vector<std::vector<uint8_t>> on(8);
  std::vector<int> actions;
  const torch::Tensor limits = 0.6 * hidden.mean(0) + 0.7 * hidden.std(0, /*unbiased=*/false);
  for (int64_t s = 0; s < kSamples; ++s) {
    actions.push_back(static_cast<int>(training.batch.actions[s].item<int64_t>()));
    for (int64_t unit = 0; unit < 8; ++unit)
      on[static_cast<size_t>(unit)].push_back(
          hidden[s][unit].item<float>() >= limits[unit].item<float>() ? 1 : 0);
  }
  EXPECT_EQ(statistics::smallest_tree(on, actions, 2, 0.95, 100).leaves, 2);
}

// Two inputs give the label: a mark, and how large the number in the top-right corner is, which is easier to learn.
// Returns the accuracy where the corner has nothing to do with the label.
double accuracy_without_corner(double corner_l2_coefficient) {
  constexpr int64_t kSamples = 200;
  LabelledTraining training(16, 2, kSamples);
  const torch::Tensor numbers = torch::randint(0, 10, {kSamples}, torch::kInt64);
  training.batch.actions = (numbers >= 5).to(torch::kInt64);
  training.input(1, 4, 0).copy_(training.batch.actions);
  training.input(0, 0, 0).fill_(
      1);  // free cells in the first row and the last column: the maze fills the grid
  training.input(0, 4, 4).fill_(1);
  training.input(0, 0, 4).copy_(numbers);
  std::vector<LossTerm> terms = {label_loss()};
  if (corner_l2_coefficient > 0) terms.push_back(switched_on(corner_l2(), corner_l2_coefficient));
  training.train(terms, 600, 0.003);
  EXPECT_GE(training.accuracy(), 0.99);
  training.input(0, 0, 4).copy_(torch::randint(0, 10, {kSamples}, torch::kInt64));
  return training.accuracy();
}

// The value is three times an input; another input is always twice as large. Returns the slopes of the value along both,
// after a training with a penalty of the gradient of the value.
std::pair<double, double> slopes_with(LossTerm (*penalty)(const InputPenaltyConfig&)) {
  constexpr int64_t kSamples = 60;
  LabelledTraining training(1, 2, kSamples);
  const torch::Tensor numbers = torch::arange(kSamples) % 3 + 1;
  training.input(0, 0, 4).copy_(numbers);
  training.input(0, 4, 4).copy_(2 * numbers);
  {
    const torch::NoGradGuard no_grad;
    training.parameter("embedder.fc.bias").fill_(0.5);  // so that the unit is active
    training.parameter("embedder.fc.weight").abs_();
    training.parameter("fc_value.weight").fill_(1);
  }
  LossTerm error;
  error.name = "error";
  error.of_samples = [numbers](const ForwardPass& pass, const std::vector<double>&) {
    return (pass.output().value - 3 * numbers).square();
  };
  InputPenaltyConfig config;
  config.of = ExplainedValue::value;
  config.region = kSide;  // all cells
  for (const double rate : {0.01, 0.001})
    training.train({switched_on(error), switched_on(penalty(config), 0.02)}, 2000, rate);
  const auto slope = [&](int64_t input) {
    return (training.parameter("embedder.fc.weight")[0][input] * training.parameter("fc_value.weight")[0][0])
        .item<double>();
  };
  return {slope(4), slope(kSide * kSide - 1)};
}

TEST(PlantedInputs, TheNormDecidesHowEqualInputsShare) {
  const auto lasso = slopes_with(input_l1);
  EXPECT_NEAR(lasso.first, 0, 0.02) << "the larger input explains the same with half of the slope";
  EXPECT_NEAR(lasso.second, 1.5, 0.02);
  const auto ridge = slopes_with(corner_l2);
  EXPECT_NEAR(ridge.first, 3 / 5.0, 0.02);
  EXPECT_NEAR(ridge.second, 6 / 5.0, 0.02);
}

TEST(PlantedRightReasons, ThePenaltyOfTheCornerTeachesTheMark) {
  EXPECT_LT(accuracy_without_corner(0), 0.8);
  EXPECT_GE(accuracy_without_corner(10), 0.95);
}

}  // namespace
}  // namespace mazescan::trainer
