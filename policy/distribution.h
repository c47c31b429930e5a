#pragma once
#include <cstddef>
#include <vector>

namespace mazescan {

// The softmax distribution over actions, for one row of logits.
struct Categorical {
  explicit Categorical(const float* logits, int actions);
  // The action whose cumulative probability first exceeds u in [0, 1).
  int sample(float u) const;
  int mode() const;  // the most probable action, the first of equals
  float log_probability(int action) const { return log_probability_[static_cast<size_t>(action)]; }
  float probability(int action) const { return probability_[static_cast<size_t>(action)]; }

 private:
  std::vector<float> log_probability_, probability_;
};

}  // namespace mazescan
