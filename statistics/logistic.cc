#include "statistics/logistic.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace mazescan::statistics {
namespace {

constexpr int kNewtonSteps = 100, kHalvings = 30;
constexpr double kConverged = 1e-10;  // relative gain of a step

Eigen::VectorXd logistic_of(const Eigen::VectorXd& scores) {
  return (1.0 + (-scores.array()).exp()).inverse();
}

// Returns log(1 + exp(x)) without overflow.
double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

double penalised_loss(const Eigen::VectorXd& scores, const Eigen::VectorXd& targets,
                      const Eigen::VectorXd& weights, const Eigen::VectorXd& parameters, double ridge) {
  double loss = ridge / 2 * parameters.squaredNorm();
  for (Eigen::Index i = 0; i < scores.size(); ++i)
    if (weights[i] > 0) loss += weights[i] * (softplus(scores[i]) - targets[i] * scores[i]);
  return loss;
}

}  // namespace

Eigen::VectorXd LogisticFit::probabilities(const Eigen::MatrixXd& features) const {
  return logistic_of((features * coefficients).array() + intercept);
}

LogisticFit fit_logistic(const Eigen::MatrixXd& features, const Eigen::VectorXd& targets,
                         const Eigen::VectorXd& weights, double ridge, const LogisticFit* start) {
  const Eigen::Index rows = features.rows(), width = features.cols() + 1;
  expect(targets.size() == rows && weights.size() == rows && ridge > 0,
         "a target and a weight for each row, and ridge > 0");
  Eigen::MatrixXd design(rows, width);
  design << features, Eigen::VectorXd::Ones(rows);
  Eigen::VectorXd parameters = Eigen::VectorXd::Zero(width);
  if (start != nullptr) parameters << start->coefficients, start->intercept;
  Eigen::VectorXd scores = design * parameters;
  double loss = penalised_loss(scores, targets, weights, parameters, ridge);
  for (int step = 0; step < kNewtonSteps; ++step) {
    const Eigen::VectorXd p = logistic_of(scores);
    const Eigen::VectorXd curvature = weights.array() * p.array() * (1 - p.array());
    const Eigen::VectorXd gradient =
        design.transpose() * (weights.array() * (p - targets).array()).matrix() + ridge * parameters;
    Eigen::MatrixXd hessian = design.transpose() * curvature.asDiagonal() * design;
    hessian.diagonal().array() += ridge;
    const Eigen::VectorXd direction = hessian.ldlt().solve(gradient);
    double size = 1, next_loss = loss;
    Eigen::VectorXd next = parameters, next_scores = scores;
    for (int halving = 0; halving < kHalvings; ++halving, size /= 2) {
      next = parameters - size * direction;
      next_scores = design * next;
      next_loss = penalised_loss(next_scores, targets, weights, next, ridge);
      if (next_loss <= loss) break;
    }
    if (!(next_loss <= loss)) break;  // at the maximum, up to rounding
    const double gain = loss - next_loss;
    parameters = next;
    scores = next_scores;
    loss = next_loss;
    if (gain <= kConverged * (1 + loss)) break;
  }
  return {parameters.head(width - 1), parameters[width - 1]};
}

}  // namespace mazescan::statistics
