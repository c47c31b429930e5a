#include "policy/action_distribution.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace mazescan::policy {

namespace {

// Fills one row from its logits.
void softmax(const float* logits, int64_t actions, float* log_probability, float* probability) {
  const float top = *std::max_element(logits, logits + actions);
  float sum = 0;
  for (int64_t a = 0; a < actions; ++a) sum += std::exp(logits[a] - top);
  const float log_sum = std::log(sum);
  for (int64_t a = 0; a < actions; ++a) {
    log_probability[a] = logits[a] - top - log_sum;
    probability[a] = std::exp(log_probability[a]);
  }
}

int most_probable(const float* probability, int64_t actions) {
  return static_cast<int>(std::max_element(probability, probability + actions) - probability);
}

int sample_one(const float* probability, int64_t actions, float u) {
  float cumulative = 0;
  for (int64_t a = 0; a < actions; ++a) {
    cumulative += probability[a];
    if (u < cumulative) return static_cast<int>(a);
  }
  return most_probable(probability, actions);  // rounding left the sum below u
}

// Calls choose(row, probabilities, actions) for each row and returns what it chose.
template <class Choose>
std::vector<int> for_each_row(const torch::Tensor& probabilities, const Choose& choose) {
  const torch::Tensor rows = probabilities.detach().cpu();
  const int64_t actions = rows.size(1);
  std::vector<int> chosen(static_cast<size_t>(rows.size(0)));
  const float* probability = rows.data_ptr<float>();
  for (size_t row = 0; row < chosen.size(); ++row, probability += actions)
    chosen[row] = choose(row, probability, actions);
  return chosen;
}

// Wraps plain memory, which is only read.
torch::Tensor wrap(const float* logits, int64_t rows, int64_t actions) {
  return torch::from_blob(const_cast<float*>(logits), {rows, actions}, torch::kFloat32);
}

}  // namespace

ActionDistribution::ActionDistribution(const torch::Tensor& logits) {
  expect(logits.dim() == 2 && logits.scalar_type() == torch::kFloat32, "logits are [N, actions] float32");
  if (logits.requires_grad() || !logits.is_cpu()) {
    log_probabilities_ = torch::log_softmax(logits, 1);
    return;
  }
  const torch::Tensor rows = logits.contiguous();
  log_probabilities_ = torch::empty_like(rows);
  probabilities_ = torch::empty_like(rows);
  const int64_t actions = rows.size(1);
  for (int64_t begin = 0; begin < rows.numel(); begin += actions)
    softmax(rows.data_ptr<float>() + begin, actions, log_probabilities_.data_ptr<float>() + begin,
            probabilities_.data_ptr<float>() + begin);
}

ActionDistribution::ActionDistribution(const float* logits, int64_t rows, int64_t actions)
    : ActionDistribution(wrap(logits, rows, actions)) {}

torch::Tensor ActionDistribution::probabilities() const {
  return probabilities_.defined() ? probabilities_ : log_probabilities_.exp();
}

torch::Tensor ActionDistribution::log_prob(const torch::Tensor& actions) const {
  return log_probabilities_.gather(1, actions.unsqueeze(1)).squeeze(1);
}

torch::Tensor ActionDistribution::entropy() const {
  return -(probabilities() * log_probabilities_).sum(1);
}

std::vector<int> ActionDistribution::sample(const std::vector<float>& u) const {
  expect(static_cast<int64_t>(u.size()) == log_probabilities_.size(0), "one draw for each row");
  return for_each_row(probabilities(), [&](size_t row, const float* probability, int64_t actions) {
    return sample_one(probability, actions, u[row]);
  });
}

std::vector<int> ActionDistribution::mode() const {
  return for_each_row(probabilities(), [](size_t /*row*/, const float* probability, int64_t actions) {
    return most_probable(probability, actions);
  });
}

}  // namespace mazescan::policy
