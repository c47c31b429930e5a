#include "evaluator/analyses/hard_kuma.h"

#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <utility>

namespace mazescan::analyses {

namespace {

constexpr double kBelow = -0.1, kAbove = 1.1;                   // the ends of the stretched interval
constexpr double kZeroBelow = -kBelow / (kAbove - kBelow);      // x up to here gives 0
constexpr double kOneAbove = (1 - kBelow) / (kAbove - kBelow);  // x from here on gives 1
constexpr double kSmallest = 1e-6, kLargest = 100;              // parameters
constexpr double kLog2 = 0.6931471805599453;

// Returns log(1 - exp(z)) for z < 0, by the formula that keeps the digits on each side of -log 2. The limits
// keep the gradient of the formula that is not used finite.
torch::Tensor log_one_minus_exp(const torch::Tensor& z) {
  return torch::where(z < -kLog2, torch::log1p(-torch::exp(z.clamp_max(-kLog2))),
                      torch::log(-torch::expm1(z.clamp_min(-kLog2))));
}

}  // namespace

HardKuma::HardKuma(torch::Tensor a, torch::Tensor b) : a_(std::move(a)), b_(std::move(b)) {}

HardKuma HardKuma::of_scores(const torch::Tensor& a, const torch::Tensor& b) {
  return {torch::softplus(a).clamp(kSmallest, kLargest), torch::softplus(b).clamp(kSmallest, kLargest)};
}

torch::Tensor HardKuma::log_above(double x) const {
  return b_ * log_one_minus_exp(a_ * std::log(x));
}

torch::Tensor HardKuma::is_zero() const {
  return -torch::expm1(log_above(kZeroBelow));
}

torch::Tensor HardKuma::is_one() const {
  return log_above(kOneAbove).exp();
}

torch::Tensor HardKuma::is_open() const {
  return log_above(kZeroBelow).exp();
}

torch::Tensor HardKuma::mean() const {
  // The mean of h in [0, 1] is the integral of P(h > s) over s.
  using Rule = boost::math::quadrature::gauss<double, 30>;
  constexpr double kMiddle = (kZeroBelow + kOneAbove) / 2, kHalf = (kOneAbove - kZeroBelow) / 2;
  torch::Tensor sum = torch::zeros_like(a_);
  for (size_t node = 0; node < Rule::abscissa().size(); ++node)
    for (const double side : {-1.0, 1.0})
      sum = sum + Rule::weights()[node] * log_above(kMiddle + side * kHalf * Rule::abscissa()[node]).exp();
  return sum / 2;
}

torch::Tensor HardKuma::sample(const torch::Tensor& u) const {
  const torch::Tensor x = torch::exp(log_one_minus_exp(torch::log1p(-u) / b_) / a_);
  return (x * (kAbove - kBelow) + kBelow).clamp(0, 1);
}

torch::Tensor HardKuma::likeliest() const {
  const torch::Tensor zero = is_zero(), one = is_one(), between = 1 - zero - one;
  const torch::Tensor ends = torch::where(one > zero, torch::ones_like(a_), torch::zeros_like(a_));
  return torch::where(between > torch::max(zero, one), mean(), ends);
}

}  // namespace mazescan::analyses
