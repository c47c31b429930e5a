#include "statistics/linear_regression.h"

#include <Eigen/Dense>
#include <cmath>

#include "core/error.h"

namespace mazescan::statistics {

std::vector<Coefficient> linear_regression(const std::vector<std::vector<double>>& features,
                                           const std::vector<double>& targets) {
  expect(!features.empty() && features.size() == targets.size(), "a target for each row");
  const auto rows = static_cast<Eigen::Index>(features.size());
  const auto columns = static_cast<Eigen::Index>(features.front().size()) + 1;
  if (rows <= columns) return {};
  Eigen::MatrixXd design = Eigen::MatrixXd::Ones(rows, columns);
  Eigen::VectorXd values(rows);
  for (Eigen::Index row = 0; row < rows; ++row) {
    const auto& given = features[static_cast<size_t>(row)];
    for (Eigen::Index column = 1; column < columns; ++column)
      design(row, column) = given[static_cast<size_t>(column - 1)];
    values(row) = targets[static_cast<size_t>(row)];
  }
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> solver(design);
  if (solver.rank() < columns) return {};
  const Eigen::VectorXd coefficients = solver.solve(values);
  const auto degrees = static_cast<double>(rows - columns);
  const double variance = (values - design * coefficients).squaredNorm() / degrees;
  const Eigen::MatrixXd inverse = (design.transpose() * design).inverse();
  std::vector<Coefficient> fitted;
  for (Eigen::Index column = 1; column < columns; ++column) {
    const double half = student_quantile(degrees) * std::sqrt(variance * inverse(column, column));
    fitted.push_back({coefficients(column), {coefficients(column) - half, coefficients(column) + half}});
  }
  return fitted;
}

}  // namespace mazescan::statistics
