#include "policy/distribution.h"

#include <algorithm>
#include <cmath>

namespace mazescan {

Categorical::Categorical(const float* logits, int actions)
    : log_probability_(static_cast<size_t>(actions)), probability_(static_cast<size_t>(actions)) {
  const float top = *std::max_element(logits, logits + actions);
  float sum = 0;
  for (int a = 0; a < actions; ++a) sum += std::exp(logits[a] - top);
  const float log_sum = std::log(sum);
  for (int a = 0; a < actions; ++a) {
    log_probability_[a] = logits[a] - top - log_sum;
    probability_[a] = std::exp(log_probability_[a]);
  }
}

int Categorical::sample(float u) const {
  float cumulative = 0;
  for (size_t a = 0; a < probability_.size(); ++a) {
    cumulative += probability_[a];
    if (u < cumulative) return static_cast<int>(a);
  }
  return mode();  // rounding left the sum below u
}

int Categorical::mode() const {
  return static_cast<int>(std::max_element(probability_.begin(), probability_.end()) - probability_.begin());
}

}  // namespace mazescan
