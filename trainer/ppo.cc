#include "trainer/ppo.h"

#include <torch/types.h>
#include <torch/utils.h>

namespace mazescan::trainer {

namespace {

// Returns the logarithm of new over old probability: of the action taken, [B], or of every action, [B, A].
torch::Tensor log_ratio(const ForwardPass& pass) {
  const torch::Tensor& actions = pass.batch().actions;
  const torch::Tensor now =
      actions.defined() ? pass.distribution().log_prob(actions) : pass.distribution().log_probabilities();
  return now - pass.batch().log_probabilities;
}

// Returns the mean over the actions of the old policy, [B]: of values for every action, [B, A]; a sampled
// action has one value, [B].
torch::Tensor mean_over_actions(const ForwardPass& pass, const torch::Tensor& values) {
  return pass.batch().actions.defined() ? values : (pass.batch().log_probabilities.exp() * values).sum(1);
}

}  // namespace

LossTerm policy_loss() {
  LossTerm term;
  term.name = "policy_loss";
  term.help = "clipped surrogate loss of the policy";
  term.default_coefficient = {1, 1};
  term.always_measured = true;
  term.of_samples = [](const ForwardPass& pass, const std::vector<double>&) {
    const double clip = pass.ppo().clip;
    const torch::Tensor ratio = log_ratio(pass).exp(), advantages = pass.batch().advantages;
    return -mean_over_actions(pass,
                              torch::min(advantages * ratio, advantages * ratio.clamp(1 - clip, 1 + clip)));
  };
  return term;
}

LossTerm value_loss() {
  LossTerm term;
  term.name = "value_loss";
  term.help = "half the squared error of the value";
  term.default_coefficient = {0.5, 0.5};
  term.always_measured = true;
  term.of_samples = [](const ForwardPass& pass, const std::vector<double>&) {
    const double clip = pass.ppo().clip;
    const torch::Tensor &value = pass.output().value, &old_value = pass.batch().values,
                        &returns = pass.batch().returns;
    torch::Tensor squared_error = (value - returns).square();
    if (pass.ppo().clip_value) {
      const torch::Tensor clipped_value = old_value + (value - old_value).clamp(-clip, clip);
      squared_error = torch::max(squared_error, (clipped_value - returns).square());
    }
    return 0.5 * squared_error;
  };
  return term;
}

LossTerm entropy_bonus() {
  LossTerm term;
  term.name = "entropy";
  term.help = "entropy of the policy, a bonus: its coefficient counts negatively";
  term.default_coefficient = {0.01, 0.01};
  term.sign = -1;
  term.always_measured = true;
  term.of_samples = [](const ForwardPass& pass, const std::vector<double>&) {
    return pass.distribution().entropy();
  };
  return term;
}

void PolicyChange::add(const ForwardPass& pass) {
  if (!pass.batch().log_probabilities.defined()) return;  // offline: there is no earlier policy
  torch::NoGradGuard no_grad;
  const torch::Tensor log_ratios = log_ratio(pass), ratios = log_ratios.exp();
  const auto sum = [&](const torch::Tensor& values) {
    const torch::Tensor means = mean_over_actions(pass, values), &weights = pass.batch().weights;
    return (weights.defined() ? means * weights : means).sum().item<double>();
  };
  kl += sum(ratios - 1 - log_ratios);
  clipped += sum(((ratios - 1).abs() > pass.ppo().clip).to(torch::kFloat32));
}

}  // namespace mazescan::trainer
