#include "statistics/absorbing_chain.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <numeric>

#include "core/random.h"

namespace mazescan::statistics {
namespace {

TEST(AbsorbingChain, TwoStatesByHand) {
  // From 0 to 1 with 1/2 and to the end with 1/4, otherwise stay; from 1 to 0 with 1/2 and to the end with
  // 1/2.
  const AbsorbingChain chain({0.25, 0.5}, {{0, 1, 0.5}, {1, 0, 0.5}, {0, 0, 0.25}}, {1, 0});
  const auto steps = chain.collected({1, 1});
  EXPECT_DOUBLE_EQ(steps[0], 3);  // x0 = 1 + x0 / 4 + x1 / 2; x1 = 1 + x0 / 2
  EXPECT_DOUBLE_EQ(steps[1], 2.5);
  const auto visits = chain.visits({1, 0});
  EXPECT_DOUBLE_EQ(visits[0], 2);  // d0 = 1 + d0 / 4 + d1 / 2; d1 = d0 / 2
  EXPECT_DOUBLE_EQ(visits[1], 1);
}

TEST(AbsorbingChain, EqualsADenseSolve) {
  RandomStream random(1, "chains");
  for (int repeat = 0; repeat < 200; ++repeat) {
    const auto n = static_cast<int>(1 + random.below(30));
    Eigen::MatrixXd q = Eigen::MatrixXd::Zero(n, n);
    std::vector<double> ends(static_cast<size_t>(n));
    std::vector<AbsorbingChain::Transition> transitions;
    for (int i = 0; i < n; ++i) {
      const auto count = static_cast<int>(random.below(5));
      ends[static_cast<size_t>(i)] = 0.01 + 0.1 * random.uniform();
      double left = 1 - ends[static_cast<size_t>(i)];
      for (int k = 0; k < count; ++k) {
        const auto to = static_cast<int>(random.below(static_cast<uint32_t>(n)));
        const double probability = left * random.uniform();
        left -= probability;
        q(i, to) += probability;
        transitions.push_back({i, to, probability});
      }
      q(i, i) += left;
    }
    std::vector<int> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    for (int i = n - 1; i > 0; --i)
      std::swap(order[static_cast<size_t>(i)], order[random.below(static_cast<uint32_t>(i + 1))]);
    std::vector<double> given(static_cast<size_t>(n));
    for (double& x : given) x = random.uniform();
    const Eigen::MatrixXd system = Eigen::MatrixXd::Identity(n, n) - q;
    const Eigen::Map<const Eigen::VectorXd> right(given.data(), n);
    const Eigen::VectorXd collected = system.partialPivLu().solve(right),
                          visits = system.transpose().partialPivLu().solve(right);
    const AbsorbingChain chain(ends, transitions, order);
    const auto mine = chain.collected(given), my_visits = chain.visits(given);
    for (int i = 0; i < n; ++i) {
      EXPECT_NEAR(mine[static_cast<size_t>(i)], collected(i), 1e-10 * (1 + collected(i)));
      EXPECT_NEAR(my_visits[static_cast<size_t>(i)], visits(i), 1e-10 * (1 + visits(i)));
    }
  }
}

TEST(AbsorbingChain, RareEndsKeepTheirDigits) {
  // State 1 ends with 1e-18, which 1 - 1e-18 would lose.
  const AbsorbingChain chain({0, 1e-18}, {{0, 1, 0.5}, {1, 0, 0.5}}, {0, 1});
  EXPECT_NEAR(chain.collected({0, 1})[1] * 1e-18, 1, 1e-12);
}

TEST(AbsorbingChain, AWalkThatNeverEndsCollectsForEver) {
  const AbsorbingChain chain({0, 0.5, 0}, {{0, 2, 1}, {1, 0, 0.5}, {2, 0, 1}}, {0, 1, 2});
  for (const double steps : chain.collected({1, 1, 1})) EXPECT_TRUE(std::isinf(steps));
}

}  // namespace
}  // namespace mazescan::statistics
