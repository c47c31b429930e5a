#include "trainer/loss.h"

#include <torch/types.h>

#include <algorithm>

#include "trainer/offline_terms.h"

namespace mazescan::trainer {

namespace {

std::vector<LossTerm> penalty_terms(const PenaltyConfig& penalties, const policy::NetworkConfig& network,
                                    int64_t actions) {
  return {activation_l1(penalties.activations), weight_l2(), elites(penalties.elites, network, actions),
          input_l1(penalties.input), corner_l2(penalties.input)};
}

std::vector<LossTerm> joined_terms(std::vector<LossTerm> terms, const std::vector<LossTerm>& more) {
  terms.insert(terms.end(), more.begin(), more.end());
  return terms;
}

}  // namespace

std::vector<LossTerm> loss_terms(const PenaltyConfig& penalties, const policy::NetworkConfig& network,
                                 int64_t actions) {
  return joined_terms({policy_loss(), value_loss(), entropy_bonus()},
                      penalty_terms(penalties, network, actions));
}

std::vector<LossTerm> training_terms(const TrainerConfig& config, int64_t actions) {
  const TrainConfig& train = config.train;
  PenaltyConfig penalties = train.penalties;
  penalties.elites.seed = static_cast<uint64_t>(config.seed);
  if (!config.is_offline()) return loss_terms(penalties, config.network, actions);
  return joined_terms(offline_terms(train.offline.learner),
                      penalty_terms(penalties, config.network, actions));
}

const std::vector<LossConfig::Key>& LossConfig::keys() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> made;
    for (const LossTerm& term : joined_terms(loss_terms(), all_offline_terms()))
      made.push_back({term.name, term.help});
    return made;
  }();
  return keys;
}

LossConfig::LossConfig() {
  for (const LossTerm& term : joined_terms(loss_terms(), all_offline_terms()))
    coefficients[term.name] = term.default_coefficient;
}

Loss::Loss(const std::vector<LossTerm>& terms, const LossConfig& config, double progress,
           const LossMemory& memory) {
  for (const LossTerm& term : terms) {
    const double coefficient = config.coefficients.at(term.name).at(progress);
    if (coefficient == 0 && !term.always_measured) continue;
    terms_.push_back(term);
    const auto remembered = memory.find(term.name);
    memory_[term.name] = remembered == memory.end() ? std::vector<double>() : remembered->second;
    coefficients_[term.name] = coefficient == 0 ? 0 : term.sign * coefficient;
    taps_.insert(term.taps.begin(), term.taps.end());
    input_gradient_ = std::max(input_gradient_, term.input_gradient);
  }
}

namespace {

void add_observed(const torch::Tensor& numbers, std::vector<double>& sums) {
  const torch::Tensor here = numbers.detach().to(torch::kCPU, torch::kFloat64).contiguous();
  sums.resize(static_cast<size_t>(here.numel()));
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += here.data_ptr<double>()[i];
}

}  // namespace

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
    if (term.observe) add_observed(term.observe(pass), statistics.observed[term.name]);
    const torch::Tensor values = term.of_samples(pass, memory_.at(term.name));
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

void Loss::remember(LossMemory& memory, const LossMemory& observed, double samples) const {
  for (const LossTerm& term : terms_)
    if (term.remember) term.remember(memory[term.name], observed.at(term.name), samples);
}

std::map<std::string, double> Loss::describe(const LossMemory& memory) const {
  std::map<std::string, double> described;
  for (const LossTerm& term : terms_)
    if (term.describe) described.merge(term.describe(memory.at(term.name)));
  return described;
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
