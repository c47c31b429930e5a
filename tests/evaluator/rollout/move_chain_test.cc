#include "evaluator/rollout/move_chain.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/random.h"

namespace mazescan::rollout {
namespace {

constexpr int kStates = 12;  // the last one is the arrived state

// Returns a random chain, not necessarily that of a maze. Each state has a positive probability of staying.
MoveChain random_chain(uint64_t seed) {
  RandomStream random(seed, "chain");
  MoveChain chain;
  chain.states.resize(kStates);
  for (int s = 0; s < kStates; ++s) {
    MoveChain::State& state = chain.states[s];
    state.arrived = s == kStates - 1;
    double total = 0;
    for (int m = 0; m < envs::kMoves; ++m) {
      state.next[m] = m == 4 ? s : static_cast<int>(random.below(kStates));
      total += state.probability[m] = random.uniform() + 0.01;
    }
    state.next[0] = s + 1 < kStates ? s + 1 : s;  // so that every state arrives
    for (double& p : state.probability) p /= total;
    state.greedy = state.next[random.below(envs::kMoves)];
  }
  return chain;
}

std::vector<int> any_order(uint64_t seed) {
  std::vector<int> order(kStates);
  std::iota(order.begin(), order.end(), 0);
  RandomStream random(seed, "order");
  for (uint32_t i = kStates; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

// Returns the transition matrix, with arrived states absorbing.
Eigen::MatrixXd matrix(const MoveChain& chain) {
  Eigen::MatrixXd p = Eigen::MatrixXd::Zero(kStates, kStates);
  for (int s = 0; s < kStates; ++s)
    for (int m = 0; m < envs::kMoves; ++m)
      p(s, chain.states[s].arrived ? s : chain.states[s].next[m]) += chain.states[s].probability[m];
  return p;
}

TEST(ArrivalChances, ArePowersOfTheTransitionMatrix) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const MoveChain chain = random_chain(seed);
    const Eigen::MatrixXd p = matrix(chain);
    Eigen::MatrixXd power = Eigen::MatrixXd::Identity(kStates, kStates);
    ArrivalChances chances(chain);
    for (int t = 0; t <= 60; ++t, chances.advance(), power = power * p)
      for (int s = 0; s < kStates; ++s) EXPECT_NEAR(chances.now()[s], power(s, kStates - 1), 1e-12);
  }
}

TEST(ExpectedSteps, SolveTheLinearEquationsWhateverTheOrder) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const MoveChain chain = random_chain(seed);
    const Eigen::MatrixXd moving = matrix(chain).topLeftCorner(kStates - 1, kStates - 1);
    const Eigen::VectorXd expected = (Eigen::MatrixXd::Identity(kStates - 1, kStates - 1) - moving)
                                         .lu()
                                         .solve(Eigen::VectorXd::Ones(kStates - 1));
    const auto steps = expected_steps(chain, any_order(seed));
    for (int s = 0; s + 1 < kStates; ++s) EXPECT_NEAR(steps[s] / expected[s], 1, 1e-10);
    EXPECT_EQ(steps[kStates - 1], 0);
  }
}

// Returns a chain of two states. The first moves to the second with probability `leave`; the second returns
// with probability 1/2, otherwise arrives. Expected steps: 2 / leave + 2, and 1 + half of that.
MoveChain trap(double leave) {
  MoveChain chain;
  chain.states.resize(3);
  chain.states[0].next = {1, 0, 0, 0, 0};
  chain.states[0].probability = {leave, 1 - leave, 0, 0, 0};
  chain.states[1].next = {2, 0, 1, 1, 1};
  chain.states[1].probability = {0.5, 0.5, 0, 0, 0};
  chain.states[2].arrived = true;
  return chain;
}

TEST(ExpectedSteps, AreExactForAlmostEternalTraps) {
  const MoveChain chain = trap(1e-25);  // 1 - 1e-25 is 1: a solver that subtracts would divide by zero
  for (const std::vector<int>& order : {std::vector<int>{0, 1, 2}, {1, 0, 2}, {2, 1, 0}}) {
    const auto steps = expected_steps(chain, order);
    EXPECT_NEAR(steps[0] / 2e25, 1, 1e-12);
    EXPECT_NEAR(steps[1] / 1e25, 1, 1e-12);
  }
}

TEST(ExpectedSteps, AreInfiniteWhereTheMouseMayNeverArrive) {
  const MoveChain chain = trap(0);
  for (const std::vector<int>& order : {std::vector<int>{0, 1, 2}, {1, 0, 2}, {2, 1, 0}}) {
    const auto steps = expected_steps(chain, order);
    EXPECT_TRUE(std::isinf(steps[0]));
    EXPECT_TRUE(std::isinf(steps[1]));
    EXPECT_EQ(steps[2], 0);
  }
}

TEST(GreedySteps, AreThoseOfTheWalk) {
  int never = 0, arrived = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const MoveChain chain = random_chain(seed);
    const auto steps = greedy_steps(chain);
    for (int s = 0; s < kStates; ++s) {
      int at = s, walked = 0;
      for (; !chain.states[at].arrived && walked < 1000; ++walked) at = chain.states[at].greedy;
      EXPECT_EQ(steps[s], chain.states[at].arrived ? walked : kNever);
      (chain.states[at].arrived ? arrived : never) += 1;
      const auto walk = greedy_walk(chain, s);
      EXPECT_EQ(walk.front(), s);
      if (steps[s] == kNever) {
        EXPECT_EQ(std::count(walk.begin(), walk.end(), walk.back()), 2) << "once around the circle";
      } else {
        EXPECT_EQ(static_cast<int>(walk.size()), steps[s] + 1);
      }
    }
  }
  EXPECT_GT(never, 20);  // otherwise the test would see one kind only
  EXPECT_GT(arrived, 20);
}

}  // namespace
}  // namespace mazescan::rollout
