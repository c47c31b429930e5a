#include "policy/entmax.h"

#include <fmt/format.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "core/error.h"

namespace mazescan::policy {

namespace {

using torch::Tensor;

constexpr int kHalvings = 50;
constexpr double kSoftmax = 1e-4;  // alpha - 1, up to which softmax takes its place

Tensor ranks_of(const Tensor& sorted) {
  return torch::arange(1, sorted.size(-1) + 1, sorted.options());
}

// Returns the value of each row's threshold for the number of positive probabilities.
// Shapes: thresholds [..., n], of each number; inside [..., n], whether that number is right; returns [..., 1].
Tensor threshold_of_support(const Tensor& thresholds, const Tensor& inside) {
  return thresholds.gather(-1, (inside.sum(-1, true) - 1).clamp_min(0));  // none is inside if a score is NaN
}

Tensor sparsemax(const Tensor& z) {
  const Tensor sorted = std::get<0>(z.sort(-1, /*descending=*/true));
  const Tensor ranks = ranks_of(sorted), excess = sorted.cumsum(-1) - 1;
  return (z - threshold_of_support(excess / ranks, ranks * sorted > excess)).clamp_min(0);
}

Tensor entmax_1_5(const Tensor& z) {
  const Tensor y = (z - z.amax(-1, true)) / 2;
  const Tensor sorted = std::get<0>(y.sort(-1, /*descending=*/true));
  const Tensor ranks = ranks_of(sorted);
  const Tensor mean = sorted.cumsum(-1) / ranks, square = sorted.square().cumsum(-1) / ranks;
  const Tensor spread = ranks * (square - mean.square());
  const Tensor thresholds = mean - ((1 - spread) / ranks).clamp_min(0).sqrt();
  return (y - threshold_of_support(thresholds, thresholds <= sorted)).clamp_min(0).square();
}

Tensor by_bisection(const Tensor& z, const Tensor& alpha) {
  const Tensor less = alpha - 1, y = less * z, top = y.amax(-1, true);
  const auto n = static_cast<double>(z.size(-1));
  Tensor low = top - 1, high = top - torch::pow(torch::full_like(less, 1 / n), less);
  const auto probabilities = [&](const Tensor& threshold) {
    return torch::pow((y - threshold).clamp_min(0), 1 / less);
  };
  for (int i = 0; i < kHalvings; ++i) {
    const Tensor middle = (low + high) / 2;
    const Tensor too_low = probabilities(middle).sum(-1, true) >= 1;
    low = torch::where(too_low, middle, low);
    high = torch::where(too_low, high, middle);
  }
  const Tensor p = probabilities(low);
  return p / p.sum(-1, true);
}

Tensor distribution(const Tensor& z, const Tensor& alpha) {
  if (alpha.numel() == 1) {
    const auto value = alpha.item<double>();
    if (value == 1.5) return entmax_1_5(z);
    if (value == 2) return sparsemax(z);
  }
  return by_bisection(z, alpha);
}

// Returns p ln p, and 0 where p is 0.
Tensor negative_entropies(const Tensor& p) {
  return torch::where(p > 0, p * p.clamp_min(1e-300).log(), torch::zeros({}, p.options()));
}

class Entmax : public torch::autograd::Function<Entmax> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& z, const Tensor& alpha) {
    const Tensor p = distribution(z, alpha);
    context->save_for_backward({p, alpha});
    return p;
  }

  // On the support, with s = p ^ (2 - alpha) and q = s / sum s: dz = s (g - <q, g>), and dp / dalpha is
  // (p - q) / (alpha - 1)^2 - (p ln p - q sum p ln p) / (alpha - 1).
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &p = saved[0], &alpha = saved[1], &g = gradients[0];
    const Tensor zero = torch::zeros({}, p.options());
    const Tensor s = torch::where(p > 0, torch::pow(p.clamp_min(1e-300), 2 - alpha), zero);
    const Tensor q = s / s.sum(-1, true);
    Tensor alpha_gradient;
    if (alpha.requires_grad()) {
      const Tensor less = alpha - 1, entropies = negative_entropies(p);
      const Tensor slope = (p - q) / less.square() - (entropies - q * entropies.sum(-1, true)) / less;
      alpha_gradient = (g * slope).sum_to_size(alpha.sizes());
    }
    return {s * (g - (q * g).sum(-1, true)), alpha_gradient};
  }
};

torch::ScalarType result_type_of(const Tensor& scores) {
  return scores.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
}

}  // namespace

Tensor entmax(const Tensor& scores, double alpha) {
  const torch::ScalarType type = result_type_of(scores);
  require(std::isfinite(alpha) && alpha >= 1, lazy("alpha is {}", alpha),
          "alpha-entmax is defined for finite alpha from 1 on", "1: softmax, 1.5, 2: sparsemax");
  if (alpha - 1 < kSoftmax) return torch::softmax(scores.to(torch::kFloat64), -1).to(type);
  return Entmax::apply(scores.to(torch::kFloat64), torch::full({1}, alpha, torch::kFloat64)).to(type);
}

Tensor entmax(const Tensor& scores, const Tensor& alpha) {
  return Entmax::apply(scores.to(torch::kFloat64), alpha.to(torch::kFloat64)).to(result_type_of(scores));
}

Tensor entmax_loss(const Tensor& scores, const Tensor& right, double alpha) {
  const Tensor p = entmax(scores, alpha).to(torch::kFloat64), z = scores.to(torch::kFloat64);
  const Tensor regularised = alpha - 1 < kSoftmax
                                 ? -negative_entropies(p).sum(-1)
                                 : (1 - torch::pow(p, alpha).sum(-1)) / (alpha * (alpha - 1));
  const Tensor expected = (p * z).sum(-1), wanted = z.gather(-1, right.unsqueeze(-1)).squeeze(-1);
  return (expected - wanted + regularised).to(torch::kFloat32);
}

}  // namespace mazescan::policy
