#pragma once
#include <Eigen/Dense>

namespace mazescan::statistics {

// A logistic regression: P(target = 1) = 1 / (1 + exp(-(intercept + coefficients . features))).
struct LogisticFit {
  Eigen::VectorXd coefficients;  // [features]
  double intercept = 0;

  // Returns P(target = 1) of each row.
  // Shapes: features [rows, features]; result [rows].
  Eigen::VectorXd probabilities(const Eigen::MatrixXd& features) const;
};

// The penalty is ridge / 2 x (sum of the squares of coefficients and intercept). It is so small that it
// matters only if the likelihood has no maximum: for classes that a plane separates, or for a single class.
inline constexpr double kRidge = 1e-3;

// Fits a logistic regression: the penalised maximum of the likelihood, by Newton's method with step halving.
//   targets: in [0, 1], the share of the weight of a row whose target is 1
//   weights: rows of weight 0 are ignored
//   start: an initial fit with the same features; it changes only the time taken
// Shapes: features [rows, features]; targets and weights [rows].
LogisticFit fit_logistic(const Eigen::MatrixXd& features, const Eigen::VectorXd& targets,
                         const Eigen::VectorXd& weights, double ridge = kRidge,
                         const LogisticFit* start = nullptr);

}  // namespace mazescan::statistics
