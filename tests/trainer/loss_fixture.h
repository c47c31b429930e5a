#pragma once
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "tests/trainer/tiny_training.h"
#include "trainer/loss.h"

namespace mazescan::trainer {

// Computes terms of a smooth network, so that finite differences are accurate.
class LossFixture : public testing::Test {
 protected:
  static constexpr int64_t kSamples = 6;

  explicit LossFixture(const char* activation = "tanh", const char* head = "fc")
      : network_(make_network(activation, head)) {
    torch::manual_seed(1);
    batch_.observations = torch::randint(0, 2, {kSamples, 3, 5, 5}, torch::kInt64).to(torch::kUInt8);
    batch_.actions = torch::arange(kSamples) % 5;
    batch_.log_probabilities = torch::full({kSamples}, std::log(0.2));
    for (torch::Tensor* t : {&batch_.values, &batch_.advantages, &batch_.returns})
      *t = torch::randn({kSamples});
  }

  static policy::Network make_network(const char* activation, const char* head = "fc") {
    TrainerConfig config = tiny_training();
    config.network.activation = activation;
    config.network.head = head;
    return tiny_network(config);
  }

  // Adds the gradients of these terms, each with its default coefficient. Returns the terms, as means over
  // samples.
  std::map<std::string, double> add_gradients(const std::vector<LossTerm>& terms,
                                              const LossMemory& memory = {}) {
    LossConfig config;
    for (const LossTerm& term : terms) config.coefficients[term.name] = term.default_coefficient;
    const Loss loss(terms, config, 0, memory);
    LossStatistics statistics;
    const PpoConfig ppo;
    loss.add_gradients(loss.forward(network_, batch_, ppo), statistics);
    network_.gradients().div_(kSamples);
    loss.add_parameter_gradients(network_, statistics.terms);
    for (auto& [name, sum] : statistics.terms) sum /= kSamples;
    return statistics.terms;
  }

  // Compares the gradient of a term with finite differences of its value, in a few random directions.
  void expect_gradient_of(const LossTerm& term, const LossMemory& memory = {}, double step_size = 1e-2) {
    network_.gradients().zero_();
    add_gradients({term}, memory);
    const torch::Tensor gradient = network_.gradients().clone(), start = network_.parameters().clone();
    EXPECT_GT(gradient.norm().item<double>(), 1e-4) << term.name;
    for (int i = 0; i < 4; ++i) {
      torch::Tensor direction = torch::randn_like(start) + gradient / gradient.norm() * 5;
      direction /= direction.norm();
      const auto value_at = [&](double step) {
        network_.parameters().copy_(start + step * direction);
        return add_gradients({term}, memory).at(term.name);
      };
      const double slope = (value_at(step_size) - value_at(-step_size)) / (2 * step_size);
      network_.parameters().copy_(start);
      EXPECT_NEAR((gradient * direction).sum().item<double>(), slope, 0.02 * std::abs(slope)) << term.name;
    }
  }

  policy::Network network_;
  Minibatch batch_;
};

// Switches a term on.
inline LossTerm switched_on(LossTerm term, double coefficient = 1) {
  term.default_coefficient = {coefficient, coefficient};
  return term;
}

}  // namespace mazescan::trainer
