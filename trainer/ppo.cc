#include "trainer/ppo.h"

#include <torch/torch.h>

#include <cmath>

#include "policy/action_distribution.h"

namespace mazescan {

namespace {
constexpr double kBeta1 = 0.9, kBeta2 = 0.999;
}

Adam::Adam(const torch::Tensor& parameters, double epsilon)
    : first_moment(torch::zeros_like(parameters)),
      second_moment(torch::zeros_like(parameters)),
      epsilon_(epsilon) {}

void Adam::step(torch::Tensor parameters, const torch::Tensor& gradients, double learning_rate) {
  torch::NoGradGuard no_grad;
  ++steps;
  const double correction1 = 1 - std::pow(kBeta1, static_cast<double>(steps));
  const double correction2 = 1 - std::pow(kBeta2, static_cast<double>(steps));
  first_moment.mul_(kBeta1).add_(gradients, 1 - kBeta1);
  second_moment.mul_(kBeta2).addcmul_(gradients, gradients, 1 - kBeta2);
  const torch::Tensor denominator = second_moment.sqrt().div_(std::sqrt(correction2)).add_(epsilon_);
  parameters.addcdiv_(first_moment, denominator, -learning_rate / correction1);
}

double clip_gradients(torch::Tensor gradients, double max_norm) {
  const double norm = gradients.norm().item<double>();
  if (norm > max_norm) gradients.mul_(max_norm / norm);
  return norm;
}

void backward_ppo(const Network& network, const Shard::Minibatch& batch, const PpoConfig& config,
                  double entropy_weight, int64_t divisor, LossStatistics& statistics) {
  torch::Tensor activation;
  TapFunction record;
  if (config.activation_l1 > 0)
    record = [&](const std::string& name, torch::Tensor output) {
      if (name == "embedder.relufc") activation = output;
      return output;
    };
  const Network::Output output = network.forward(batch.observations, record);

  const ActionDistribution distribution(output.logits);
  const torch::Tensor log_ratio = distribution.log_prob(batch.actions) - batch.log_probabilities;
  const torch::Tensor ratio = log_ratio.exp();
  const torch::Tensor policy =
      -torch::min(batch.advantages * ratio, batch.advantages * ratio.clamp(1 - config.clip, 1 + config.clip))
           .sum();
  torch::Tensor squared = (output.value - batch.returns).square();
  if (config.clip_value) {
    const torch::Tensor near = batch.values + (output.value - batch.values).clamp(-config.clip, config.clip);
    squared = torch::max(squared, (near - batch.returns).square());
  }
  const torch::Tensor value = 0.5 * squared.sum();
  const torch::Tensor entropy = distribution.entropy().sum();

  torch::Tensor loss =
      (policy + config.value_coefficient * value - entropy_weight * entropy) / static_cast<double>(divisor);
  if (config.activation_l1 > 0)
    loss = loss + config.activation_l1 * activation.abs().mean(1).sum() / static_cast<double>(divisor);
  loss.backward();

  torch::NoGradGuard no_grad;
  const torch::Tensor detached = log_ratio.detach();
  statistics.policy += policy.item<double>();
  statistics.value += value.item<double>();
  statistics.entropy += entropy.item<double>();
  statistics.kl += (detached.exp() - 1 - detached).sum().item<double>();  // Schulman's low-variance estimator
  statistics.clipped += ((ratio.detach() - 1).abs() > config.clip).sum().item<double>();
  statistics.samples += batch.actions.size(0);
}

}  // namespace mazescan
