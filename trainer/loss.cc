#include "trainer/loss.h"

#include <torch/types.h>

#include "trainer/penalties.h"

namespace mazescan::trainer {

const std::vector<LossTerm>& loss_terms() {
  static const std::vector<LossTerm> terms = {policy_loss(), value_loss(), entropy_bonus(), activation_l1(),
                                              weight_l2()};
  return terms;
}

const std::vector<LossConfig::Key>& LossConfig::keys() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> made;
    for (const LossTerm& term : loss_terms()) made.push_back({term.name, term.help});
    return made;
  }();
  return keys;
}

LossConfig::LossConfig() {
  for (const LossTerm& term : loss_terms()) coefficients[term.name] = term.default_coefficient;
}

Loss::Loss(const std::vector<LossTerm>& terms, const LossConfig& config, double progress) {
  for (const LossTerm& term : terms) {
    const double coefficient = config.coefficients.at(term.name).at(progress);
    if (coefficient == 0 && !term.always_measured) continue;
    terms_.push_back(term);
    coefficients_[term.name] = coefficient == 0 ? 0 : term.sign * coefficient;
    taps_.insert(term.taps.begin(), term.taps.end());
    input_gradient_ = input_gradient_ || term.input_gradient;
  }
}

ForwardPass Loss::forward(const policy::Network& network, const Minibatch& batch,
                          const PpoConfig& ppo) const {
  return ForwardPass(network, batch, ppo, taps_, input_gradient_);
}

void Loss::add_gradients(const ForwardPass& pass, LossStatistics& statistics) const {
  const torch::Tensor& weights = pass.batch().weights;
  std::map<std::string, torch::Tensor> sums;
  torch::Tensor loss;
  for (const LossTerm& term : terms_) {
    if (!term.of_samples) continue;
    const torch::Tensor values = term.of_samples(pass);
    const torch::Tensor sum = sums[term.name] = (weights.defined() ? values * weights : values).sum();
    const double coefficient = coefficients_.at(term.name);
    if (coefficient == 0) continue;
    const torch::Tensor weighted = coefficient * sum;
    loss = loss.defined() ? loss + weighted : weighted;
  }
  if (loss.defined()) loss.backward();
  for (const auto& [name, sum] : sums) statistics.terms[name] += sum.item<double>();
  const auto samples = static_cast<double>(pass.output().value.size(0));
  statistics.samples += samples;
  statistics.evaluated += static_cast<double>(pass.evaluated());
  statistics.weight += weights.defined() ? weights.sum(torch::kFloat64).item<double>() : samples;
  statistics.change.add(pass);
}

void Loss::add_parameter_gradients(const policy::Network& network,
                                   std::map<std::string, double>& sums) const {
  for (const LossTerm& term : terms_) {
    if (!term.of_parameters) continue;
    const torch::Tensor parameters = network.parameters().detach().requires_grad_();
    const torch::Tensor value = term.of_parameters(parameters);
    value.backward();
    network.gradients().add_(parameters.grad(), coefficients_.at(term.name));
    sums[term.name] += value.item<double>();
  }
}

}  // namespace mazescan::trainer
