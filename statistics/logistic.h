#pragma once
#include <Eigen/Dense>

namespace mazescan {

// Logistic regression: P(target = 1) = 1 / (1 + exp(-(intercept + coefficients . features))).
struct LogisticFit {
  Eigen::VectorXd coefficients;  // [features]
  double intercept = 0;

  // features: [rows, features].
  Eigen::VectorXd probabilities(const Eigen::MatrixXd& features) const;
};

// Penalty ridge / 2 x (square of each coefficient and of the intercept), so small that it shows only where
// the likelihood has no maximum: classes that a plane separates, or one class alone.
inline constexpr double kRidge = 1e-3;

// The penalised maximum of the likelihood, by Newton's method with halved steps. targets in [0, 1]: the share
// of a row's `weights` that is 1. Rows of weight 0 count for nothing. start: where to begin, of the same
// number of features; nothing else changes with it but the time taken.
LogisticFit fit_logistic(const Eigen::MatrixXd& features, const Eigen::VectorXd& targets,
                         const Eigen::VectorXd& weights, double ridge = kRidge,
                         const LogisticFit* start = nullptr);

// The mean of -log P(target), in nats, by weight; probabilities are kept within [1e-9, 1 - 1e-9].
double log_loss(const Eigen::VectorXd& probabilities, const Eigen::VectorXd& targets,
                const Eigen::VectorXd& weights);

}  // namespace mazescan
