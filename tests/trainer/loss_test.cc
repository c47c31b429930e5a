#include "trainer/loss.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "tests/storage/temporary_folder.h"
#include "tests/trainer/loss_fixture.h"

namespace mazescan::trainer {
namespace {

using LossTest = LossFixture;

LossTerm term_named(const std::string& name) {
  LossTerm term;
  term.name = name;
  term.default_coefficient = {1, 1};
  return term;
}

// Returns a term: the square of a layer's output, averaged over the layer.
LossTerm mean_square_of(const std::string& layer) {
  LossTerm term = term_named("mean_square");
  term.taps = {layer};
  term.of_samples = [layer](const ForwardPass& pass, const std::vector<double>&) {
    return pass.tap(layer).square().flatten(1).mean(1);
  };
  return term;
}

// Returns a term: the squared norm of the gradient of the summed log-probabilities with respect to the input,
// as in the Neural LASSO of Ross et al., 2017, but smooth.
LossTerm input_gradient_l2() {
  LossTerm term = term_named("input_gradient_l2");
  term.input_gradient = 1;
  term.of_samples = [](const ForwardPass& pass, const std::vector<double>&) {
    return pass.input_gradient(pass.distribution().log_probabilities().sum(1)).square().flatten(1).sum(1);
  };
  return term;
}

TEST_F(LossTest, ATermCanUseTheOutputOfAnyLayer) {
  for (const policy::LayerSpec& tap : network_.layers()) {
    SCOPED_TRACE(tap.name);
    torch::Tensor output;
    network_.forward(batch_.observations, [&](const std::string& name, torch::Tensor t) {
      if (name == tap.name) output = t.detach();
      return t;
    });
    EXPECT_NEAR(add_gradients({mean_square_of(tap.name)}).at("mean_square"),
                output.square().mean().item<double>(), 1e-5);
    expect_gradient_of(mean_square_of(tap.name));
  }
}

TEST_F(LossTest, ATermCanUseTheGradientOfTheInput) {
  torch::Tensor gradient;
  LossTerm term = term_named("observer");
  term.input_gradient = 1;
  term.of_samples = [&](const ForwardPass& pass, const std::vector<double>&) {
    const torch::Tensor value = pass.distribution().log_probabilities().sum(1);
    gradient = pass.input_gradient(value);
    return value;
  };
  add_gradients({term});
  ASSERT_EQ(gradient.sizes(), (std::vector<int64_t>{kSamples, 3, 5, 5}));

  torch::NoGradGuard no_grad;
  const torch::Tensor input = network_.preprocess(batch_.observations);
  const auto values = [&](const torch::Tensor& x) {
    return torch::log_softmax(network_.forward_preprocessed(x).logits.to(torch::kFloat64), 1).sum(1);
  };
  EXPECT_GT(gradient.abs().max().item<double>(), 1e-2);
  for (int64_t cell = 0; cell < 75; cell += 4) {
    constexpr double kStep = 3e-3;
    torch::Tensor step = torch::zeros({75});
    step[cell] = kStep;
    const torch::Tensor slope =
        (values(input + step.view({3, 5, 5})) - values(input - step.view({3, 5, 5}))) / (2 * kStep);
    const torch::Tensor expected = gradient.detach().flatten(1).select(1, cell).to(torch::kFloat64);
    EXPECT_LT((slope - expected).abs().max().item<double>(), 1e-3) << "input " << cell;
  }
}

TEST_F(LossTest, AFunctionOfTheGradientOfTheInputCanBeDifferentiated) {
  expect_gradient_of(input_gradient_l2());
}

TEST_F(LossTest, ATermOfParametersIsOneNumberForAMinibatch) {
  const torch::Tensor before = torch::randn_like(network_.gradients());
  network_.gradients().copy_(before);
  LossConfig config;
  config.coefficients["weight_l2"] = {0.25, 0.25};
  const Loss loss({weight_l2()}, config, 0);
  std::map<std::string, double> sums;
  loss.add_parameter_gradients(network_, sums);
  EXPECT_TRUE(torch::equal(network_.gradients(), before.add(network_.parameters(), 0.25)));
  EXPECT_NEAR(sums.at("weight_l2"), network_.parameters().square().sum().item<double>() / 2, 1e-3);
}

// Compares the bits with those of a loss that does not have the terms.
TEST_F(LossTest, ATermWithCoefficient0CostsNothingAndLeavesTheBits) {
  std::vector<LossTerm> terms = loss_terms();
  add_gradients(terms);
  const torch::Tensor expected = network_.gradients().clone();
  int calls = 0;
  for (LossTerm term : {mean_square_of("no such layer"), input_gradient_l2(), weight_l2()}) {
    term.name += " switched off";
    term.default_coefficient = {0, 1};
    if (term.of_samples)
      term.of_samples = [&](const ForwardPass&, const std::vector<double>&) {
        return torch::full({kSamples}, static_cast<double>(++calls));
      };
    if (term.of_parameters)
      term.of_parameters = [&](const torch::Tensor& parameters) { return ++calls * parameters.sum(); };
    terms.push_back(term);
  }
  network_.gradients().zero_();
  const auto means = add_gradients(terms);
  EXPECT_TRUE(torch::equal(network_.gradients(), expected));
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(means.size(), 3U) << "policy_loss, value_loss and entropy only";
}

TEST_F(LossTest, CoefficientsFollowTheirSchedules) {
  LossConfig config;
  config.coefficients["entropy"] = {1, 0};
  config.coefficients["weight_l2"] = {0, 0.5};
  using Coefficients = std::map<std::string, double>;
  EXPECT_EQ(Loss(loss_terms(), config, 0).coefficients(),
            (Coefficients{{"policy_loss", 1}, {"value_loss", 0.5}, {"entropy", -1}}));
  EXPECT_EQ(Loss(loss_terms(), config, 0.5).coefficients(),
            (Coefficients{{"policy_loss", 1}, {"value_loss", 0.5}, {"entropy", -0.5}, {"weight_l2", 0.25}}));
}

// The terms of PPO are measured even if they are not trained on.
TEST_F(LossTest, TermsWithCoefficient0AddNoGradient) {
  std::vector<LossTerm> terms = loss_terms();
  for (LossTerm& term : terms) term.default_coefficient = {0, 0};
  const auto means = add_gradients(terms);
  EXPECT_EQ(network_.gradients().abs().max().item<double>(), 0);
  for (const char* name : {"policy_loss", "value_loss", "entropy"}) EXPECT_NE(means.at(name), 0) << name;
}

// Samples of the same state share its row; the gradients are those of samples with a row each.
TEST_F(LossTest, SharedStatesLeaveTheLossAndItsGradients) {
  std::vector<LossTerm> terms = loss_terms();
  terms.push_back(mean_square_of("embedder.fc"));
  Minibatch shared = batch_;
  shared.observations = batch_.observations.narrow(0, 0, 3);
  shared.states = torch::tensor({2, 0, 2, 1, 0, 2}, torch::kInt64);
  batch_.observations = shared.observations.index_select(0, shared.states);
  const auto expected = add_gradients(terms);
  const torch::Tensor gradients = network_.gradients().clone();
  batch_ = shared;
  network_.gradients().zero_();
  for (const auto& [name, value] : add_gradients(terms)) EXPECT_NEAR(value, expected.at(name), 1e-5) << name;
  EXPECT_TRUE(torch::allclose(network_.gradients(), gradients, 1e-4, 1e-6));
  EXPECT_GT(gradients.abs().max().item<double>(), 1e-3);
  // A function of the gradient of the input is one of each sample.
  network_.gradients().zero_();
  const double each = add_gradients({input_gradient_l2()}).at("input_gradient_l2");
  batch_.observations = shared.observations.index_select(0, shared.states);
  batch_.states = torch::Tensor();
  EXPECT_NEAR(each, add_gradients({input_gradient_l2()}).at("input_gradient_l2"), 1e-5 * each);
}

TEST_F(LossTest, AMissingLayerIsNamed) {
  EXPECT_USER_ERROR(add_gradients({mean_square_of("embedder.block9.conv")}),
                    "a loss term needs layer 'embedder.block9.conv'");
}

class ReluLossTest : public LossTest {
 protected:
  ReluLossTest() : LossFixture("relu") {}
};

// The derivative of |x| with respect to the bias of the layer before is 1 for each unit that is on. It is
// divided by 8 units and by the samples.
TEST_F(ReluLossTest, ActivationL1PushesDownTheUnitsThatAreOn) {
  LossTerm term = activation_l1();
  term.default_coefficient = {0.7, 0.7};
  add_gradients({term});
  torch::Tensor units, bias;
  network_.forward(batch_.observations, [&](const std::string& name, torch::Tensor t) {
    if (name == *term.taps.begin()) units = t.detach();
    return t;
  });
  for (const policy::Network::Parameter& p : network_.layout())
    if (p.name == "embedder.fc.bias") bias = network_.gradients().narrow(0, p.offset, p.count);
  const torch::Tensor expected = (units > 0).to(torch::kFloat64).sum(0) * 0.7 / 8 / kSamples;
  EXPECT_TRUE(torch::allclose(bias.to(torch::kFloat64), expected, 1e-5, 1e-7));
  EXPECT_GT(expected.sum().item<double>(), 0);
}

}  // namespace
}  // namespace mazescan::trainer
