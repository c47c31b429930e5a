#include "statistics/logistic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"

namespace mazescan::statistics {
namespace {

// With one binary feature the maximum of the likelihood has a closed form: the log odds of both groups.
TEST(Logistic, FitsTheLogOddsOfGroups) {
  Eigen::MatrixXd features(2, 1);
  features << 0, 1;
  const Eigen::VectorXd shares = Eigen::Vector2d(0.2, 0.7), weights = Eigen::Vector2d(1000, 3000);
  const LogisticFit fit = fit_logistic(features, shares, weights, 1e-9);
  EXPECT_NEAR(fit.intercept, std::log(0.2 / 0.8), 1e-6);
  EXPECT_NEAR(fit.coefficients[0], std::log(0.7 / 0.3) - std::log(0.2 / 0.8), 1e-6);
  EXPECT_NEAR(fit.probabilities(features)[1], 0.7, 1e-6);
}

TEST(Logistic, WeightsEqualRepeatedRows) {
  RandomStream stream(1, "logistic");
  Eigen::MatrixXd features(40, 2), repeated(80, 2);
  Eigen::VectorXd targets(40), weights(40), repeated_targets(80);
  Eigen::Index next = 0;
  for (Eigen::Index i = 0; i < 40; ++i) {
    features.row(i) << stream.uniform(), stream.uniform();
    targets[i] = stream.uniform() < 0.3 + 0.4 * features(i, 0) ? 1 : 0;
    weights[i] = static_cast<double>(i % 3);
    for (int copy = 0; copy < i % 3; ++copy, ++next) {
      repeated.row(next) = features.row(i);
      repeated_targets[next] = targets[i];
    }
  }
  const LogisticFit weighted = fit_logistic(features, targets, weights);
  const LogisticFit copies =
      fit_logistic(repeated.topRows(next), repeated_targets.head(next), Eigen::VectorXd::Ones(next));
  EXPECT_LT((weighted.coefficients - copies.coefficients).norm(), 1e-6);
  const LogisticFit again = fit_logistic(features, targets, weights, kRidge, &weighted);
  EXPECT_LT((weighted.coefficients - again.coefficients).norm(), 1e-6);
}

// The likelihood of separated classes has no finite maximum; the penalised one has.
TEST(Logistic, SeparatedClassesStayFinite) {
  Eigen::MatrixXd features(4, 1);
  features << 1, 2, 3, 4;
  const Eigen::VectorXd targets = Eigen::Vector4d(1, 1, 0, 0), ones = Eigen::Vector4d::Ones();
  const LogisticFit fit = fit_logistic(features, targets, ones);
  EXPECT_TRUE(std::isfinite(fit.coefficients[0]));
  EXPECT_LT(fit.coefficients[0], -2);
  EXPECT_NEAR(-fit.intercept / fit.coefficients[0], 2.5, 0.1);
  const LogisticFit one_class = fit_logistic(features, ones, ones);
  EXPECT_GT(one_class.probabilities(features).minCoeff(), 0.9);
}

}  // namespace
}  // namespace mazescan::statistics
