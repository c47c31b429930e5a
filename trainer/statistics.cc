#include "trainer/statistics.h"

#include <torch/types.h>

namespace mazescan::trainer {

void ValueError::add(const torch::Tensor& values, const torch::Tensor& returns_of_states) {
  const torch::Tensor error = returns_of_states - values;
  states += static_cast<double>(error.numel());
  returns += returns_of_states.sum().item<double>();
  squared_returns += returns_of_states.square().sum().item<double>();
  errors += error.sum().item<double>();
  squared_errors += error.square().sum().item<double>();
}

double ValueError::explained_variance() const {
  const auto variance = [&](double sum, double squares) {
    return squares / states - (sum / states) * (sum / states);
  };
  const double of_returns = variance(returns, squared_returns);
  return of_returns > 0 ? 1 - variance(errors, squared_errors) / of_returns : 0;
}

}  // namespace mazescan::trainer
