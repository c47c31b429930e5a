#include "evaluator/analyses/probe/lbfgs.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

namespace mazescan::probe {
namespace {

// Minimises the sum of scale * (x - centre)^2 / 2 and returns the search.
Lbfgs minimised(const torch::Tensor& scale, const torch::Tensor& centre, const Lbfgs::Options& options) {
  Lbfgs search(torch::zeros_like(centre), options);
  while (!search.finished()) {
    const torch::Tensor gap = search.trial() - centre;
    search.observe(0.5 * (scale * gap * gap).sum(torch::kFloat64).item<double>(), scale * gap);
  }
  return search;
}

TEST(Lbfgs, FindsTheMinimumOfASteepValley) {
  const torch::Tensor scale = torch::logspace(0, 3, 50), centre = torch::linspace(-2, 3, 50);
  const Lbfgs search = minimised(scale, centre, {10, 500, 1e-4});
  EXPECT_TRUE(search.converged());
  EXPECT_LE(search.gradient_norm(), 1e-4);
  EXPECT_GT(search.iterations(), 5);
  EXPECT_TRUE(torch::allclose(search.trial(), centre, 1e-3, 1e-3));
}

TEST(Lbfgs, ReportsThatItDidNotConverge) {
  const Lbfgs search = minimised(torch::logspace(0, 4, 50), torch::ones({50}), {10, 3, 1e-4});
  EXPECT_TRUE(search.finished());
  EXPECT_FALSE(search.converged());
  EXPECT_EQ(search.iterations(), 3);
}

TEST(Lbfgs, NeverAcceptsAGreaterLoss) {
  // The first step, of length 1, is much too long here.
  Lbfgs search(torch::full({1}, 2.0F), {10, 100, 1e-5});
  double last = std::cosh(20.0);
  while (!search.finished()) {
    const auto x = search.trial().item<double>();
    search.observe(std::cosh(10 * x), torch::full({1}, static_cast<float>(10 * std::sinh(10 * x))));
    EXPECT_LE(search.loss(), last * (1 + 1e-6));
    last = search.loss();
  }
  EXPECT_NEAR(search.trial().item<double>(), 0, 1e-4);
}

TEST(Lbfgs, StopsAtOnceAtAMinimum) {
  Lbfgs search(torch::zeros({3}), {});
  search.observe(1, torch::zeros({3}));
  EXPECT_TRUE(search.finished() && search.converged());
  EXPECT_EQ(search.iterations(), 0);
}

}  // namespace
}  // namespace mazescan::probe
