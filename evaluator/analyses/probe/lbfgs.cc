#include "evaluator/analyses/probe/lbfgs.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace mazescan::probe {

namespace {

constexpr double kSufficient = 1e-4;    // share of the predicted decrease that a step must give
constexpr double kRounding = 1e-7;      // relative increase of the loss that rounding may cause
constexpr int kMaxBacktracks = 20;      // of one iteration
constexpr double kMinCurvature = 1e-8;  // a pair is kept if the cosine of step and change is greater

double product(const torch::Tensor& a, const torch::Tensor& b) {
  return (a * b).sum(torch::kFloat64).item<double>();
}

}  // namespace

Lbfgs::Lbfgs(torch::Tensor start, const Options& options)
    : options_(options), point_(std::move(start)), trial_(point_) {}

void Lbfgs::observe(double loss, const torch::Tensor& gradient) {
  if (!started_) {
    started_ = true;
    accept(loss, gradient);
    return;
  }
  const double allowed = loss_ + kSufficient * step_ * slope_ + kRounding * std::abs(loss_);
  if (loss <= allowed) {  // false for NaN
    torch::Tensor step = trial_ - point_, change = gradient - gradient_;
    const double curvature = product(step, change);
    if (curvature > kMinCurvature * std::sqrt(product(step, step) * product(change, change))) {
      pairs_.push_back({std::move(step), std::move(change), 1 / curvature});
      if (pairs_.size() > static_cast<size_t>(options_.history)) pairs_.pop_front();
    }
    point_ = trial_;
    ++iterations_;
    accept(loss, gradient);
    return;
  }
  if (++backtracks_ > kMaxBacktracks) {
    finished_ = true;  // rounding hides any further decrease
    return;
  }
  // Minimises the parabola through both losses and the slope, within limits.
  const double bend = loss - loss_ - step_ * slope_;
  const double wanted = std::isfinite(bend) && bend > 0 ? -slope_ * step_ * step_ / (2 * bend) : 0;
  propose(std::clamp(wanted, 0.1 * step_, 0.5 * step_));
}

void Lbfgs::accept(double loss, const torch::Tensor& gradient) {
  loss_ = loss;
  gradient_ = gradient.clone();
  gradient_norm_ = std::sqrt(product(gradient, gradient));
  backtracks_ = 0;
  finished_ = converged() || iterations_ >= options_.max_iterations || !std::isfinite(gradient_norm_);
  if (finished_) return;
  direction_ = direction();
  slope_ = product(direction_, gradient_);
  if (slope_ >= 0) {  // rounding spoiled the pairs: begin again with the gradient
    pairs_.clear();
    direction_ = -gradient_;
    slope_ = -gradient_norm_ * gradient_norm_;
  }
  propose(pairs_.empty() ? 1 / std::max(gradient_norm_, 1.0) : 1);
}

torch::Tensor Lbfgs::direction() const {
  torch::Tensor result = -gradient_;
  std::vector<double> weights(pairs_.size());
  for (size_t i = pairs_.size(); i-- > 0;) {
    weights[i] = pairs_[i].inverse * product(pairs_[i].step, result);
    result.add_(pairs_[i].change, -weights[i]);
  }
  if (!pairs_.empty())
    result.mul_(1 / (pairs_.back().inverse * product(pairs_.back().change, pairs_.back().change)));
  for (size_t i = 0; i < pairs_.size(); ++i)
    result.add_(pairs_[i].step, weights[i] - pairs_[i].inverse * product(pairs_[i].change, result));
  return result;
}

void Lbfgs::propose(double step) {
  step_ = step;
  trial_ = point_ + direction_ * step;
}

}  // namespace mazescan::probe
