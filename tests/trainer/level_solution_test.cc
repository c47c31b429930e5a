#include "trainer/level_solution.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "core/random.h"
#include "envs/maze/maze_config.h"

namespace mazescan::trainer {
namespace {

using envs::Move;

// A level with its states. Levels must not move: states point to them.
struct Solved {
  std::unique_ptr<const envs::Task> task;
  envs::MazeLevel level;
  envs::StateGraph graph;
};

std::unique_ptr<Solved> make_level(int32_t seed, int size, bool facing = false) {
  envs::EnvironmentConfig config("maze_aisc");
  config.own<maze::MazeConfig>().world_dim = 25;
  auto made = std::make_unique<Solved>();
  made->task = envs::make_task(config);
  made->level = envs::make_level(*made->task, seed, size);
  made->graph = envs::reachable_states(*made->task, made->task->initial_state(made->level), facing);
  return made;
}

// Returns random probabilities; some are nearly 0.
MoveTable random_policy(const envs::StateGraph& graph, RandomStream& random) {
  MoveTable table(graph.states.size());
  for (auto& row : table) {
    double total = 0;
    for (double& p : row) total += p = std::exp(-4.0 * random.uniform());
    for (double& p : row) p /= total;
  }
  return table;
}

// V, A and discounted visits from dense matrices.
struct Dense {
  Eigen::VectorXd values, visits;
  Eigen::MatrixXd advantages;
};

// begins: the weights of the states in which episodes begin.
Dense solve_dense(const envs::StateGraph& graph, const MoveTable& policy, double gamma,
                  const Eigen::VectorXd& begins) {
  const int n = graph.goal();
  Eigen::MatrixXd system = Eigen::MatrixXd::Identity(n, n);
  Eigen::VectorXd arrives = Eigen::VectorXd::Zero(n);
  for (int s = 0; s < n; ++s)
    for (int m = 0; m < envs::kMoves; ++m) {
      const int to = graph.next[static_cast<size_t>(s)][static_cast<size_t>(m)];
      const double p = policy[static_cast<size_t>(s)][static_cast<size_t>(m)];
      if (to == n)
        arrives(s) += p;
      else
        system(s, to) -= gamma * p;
    }
  Dense dense;
  dense.values = system.partialPivLu().solve(arrives);
  dense.visits = system.transpose().partialPivLu().solve(begins);
  dense.advantages.resize(n, envs::kMoves);
  for (int s = 0; s < n; ++s)
    for (int m = 0; m < envs::kMoves; ++m) {
      const int to = graph.next[static_cast<size_t>(s)][static_cast<size_t>(m)];
      dense.advantages(s, m) = (to == n ? 1 : gamma * dense.values(to)) - dense.values(s);
    }
  return dense;
}

// From the start, the only other cell is a dead end, and the cheese lies behind a move to the right.
TEST(LevelSolution, TwoCellsByHand) {
  envs::MazeLevel level;
  level.size = 3;
  envs::StateGraph graph;
  graph.states.resize(2);
  graph.states[0].level = graph.states[1].level = &level;
  // State 0: up leads to state 1, right to the goal. State 1: down leads to state 0.
  graph.next = {{0, 0, 1, 2, 0}, {1, 0, 1, 1, 1}};
  graph.rewards = {{0, 0, 0, 1, 0}, {}};
  // left, down, up, right, noop
  const MoveTable policy = {{0.1, 0.1, 0.2, 0.5, 0.1}, {0.1, 0.6, 0.1, 0.1, 0.1}};
  const double gamma = 0.5;
  const LevelSolution solution = solve_level(graph, policy, gamma, 0.5);
  // V0 = 0.5 + g (0.3 V0 + 0.2 V1); V1 = g (0.6 V0 + 0.4 V1).
  const double v0 = 0.5 / (0.85 - 0.1 * 0.375), v1 = 0.375 * v0;
  EXPECT_NEAR(solution.values[0], v0, 1e-12);
  EXPECT_NEAR(solution.values[1], v1, 1e-12);
  const auto expect_advantage = [&](size_t state, Move move, double after, double value) {
    EXPECT_NEAR(solution.advantages[state][static_cast<size_t>(move)], (after - value) / value / (1 - gamma),
                1e-12);
  };
  expect_advantage(0, Move::right, 1, v0);
  expect_advantage(0, Move::up, gamma * v1, v0);
  expect_advantage(0, Move::noop, gamma * v0, v0);
  expect_advantage(1, Move::down, gamma * v0, v1);
  // d0 = b0 + g (0.3 d0 + 0.6 d1); d1 = b1 + g (0.2 d0 + 0.4 d1).
  const double b0 = 0.75 / v0, b1 = 0.25 / v1;
  const double d1 = (b1 + 0.1 * b0 / 0.85) / (0.8 - 0.1 * 0.3 / 0.85), d0 = (b0 + 0.3 * d1) / 0.85;
  EXPECT_NEAR(solution.weights[0], d0 * v0, 1e-12);
  EXPECT_NEAR(solution.weights[1], d1 * v1, 1e-12);
}

TEST(LevelSolution, TheBestValueIsThatOfTheShortestPath) {
  RandomStream random(5, "policies");
  for (int32_t seed = 0; seed < 20; ++seed) {
    const auto made = make_level(seed, 3 + 2 * (seed % 10));
    const double best = best_value(made->graph, 0.95);
    EXPECT_NEAR(best, std::pow(0.95, envs::moves_to_goal(made->graph).front() - 1), 1e-12);
    EXPECT_GT(best, solve_level(made->graph, random_policy(made->graph, random), 0.95, 0).values.front());
  }
}

// One reward at once, or two rewards after another move.
TEST(LevelSolution, TheBestValueWaitsForMoreIfItIsWorthIt) {
  envs::StateGraph graph;
  graph.states.resize(2);
  graph.next = {{2, 1, 0, 0, 0}, {2, 0, 1, 1, 1}};
  graph.rewards = {{1, 0, 0, 0, 0}, {2, 0, 0, 0, 0}};
  EXPECT_DOUBLE_EQ(best_value(graph, 0.9), 1.8);
  EXPECT_DOUBLE_EQ(best_value(graph, 0.4), 1);
}

TEST(LevelSolution, EqualsDenseLinearAlgebra) {
  RandomStream random(1, "level solutions");
  for (int32_t seed = 0; seed < 1000; ++seed) {
    const int size = 3 + 2 * static_cast<int>(random.below(seed < 10 ? 12 : 5));
    const auto made = make_level(seed, size, seed % 5 == 0);
    const envs::StateGraph& graph = made->graph;
    const MoveTable policy = random_policy(graph, random);
    const double gamma = 0.9 + 0.09 * random.uniform(), mix = random.uniform();
    const LevelSolution solution = solve_level(graph, policy, gamma, mix);
    Eigen::VectorXd begins(graph.goal());
    for (int s = 0; s < graph.goal(); ++s)
      begins(s) = (mix / graph.goal() + (s == 0 ? 1 - mix : 0)) / solution.values[static_cast<size_t>(s)];
    const Dense dense = solve_dense(graph, policy, gamma, begins);
    for (int s = 0; s < graph.goal(); ++s) {
      const auto i = static_cast<size_t>(s);
      const double value = solution.values[i];
      ASSERT_NEAR(value, dense.values(s), 1e-10);
      ASSERT_NEAR(solution.weights[i] / value, dense.visits(s), 1e-10 * dense.visits.maxCoeff());
      for (int m = 0; m < envs::kMoves; ++m)
        ASSERT_NEAR(solution.advantages[i][static_cast<size_t>(m)] * value * (1 - gamma),
                    dense.advantages(s, m), 1e-10);
    }
  }
}

// The expected return equals that of sampled episodes, within their standard error.
TEST(LevelSolution, EqualsSampledEpisodes) {
  RandomStream random(2, "sampled episodes");
  const double gamma = 0.95;
  for (int32_t seed = 0; seed < 20; ++seed) {
    const auto made = make_level(seed, seed % 2 == 0 ? 3 : 5);
    const envs::StateGraph& graph = made->graph;
    const MoveTable policy = random_policy(graph, random);
    constexpr int kEpisodes = 50'000, kLimit = 60;
    double sum = 0, squares = 0, arrived = 0, steps_of_success = 0, steps = 0;
    std::vector<double> visits(graph.states.size());
    for (int e = 0; e < kEpisodes; ++e) {
      int at = 0;
      double discount = 1;
      for (int t = 1; t < 250 && at != graph.goal(); ++t, discount *= gamma) {
        visits[static_cast<size_t>(at)] += discount;
        double u = random.uniform();
        size_t m = 0;
        while (m + 1 < envs::kMoves && u >= policy[static_cast<size_t>(at)][m])
          u -= policy[static_cast<size_t>(at)][m++];
        at = graph.next[static_cast<size_t>(at)][m];
        if (t <= kLimit) ++steps;
        if (at != graph.goal()) continue;
        sum += discount;
        squares += discount * discount;
        if (t <= kLimit) {
          ++arrived;
          steps_of_success += t;
        }
      }
    }
    const double mean = sum / kEpisodes, error = std::sqrt((squares / kEpisodes - mean * mean) / kEpisodes);
    const LevelSolution solution = solve_level(graph, policy, gamma, 0);
    EXPECT_NEAR(solution.values[0], mean, 5 * error + 1e-9);
    // With mix 0 the weights are the visits of episodes from the start, times V(i) / V(start).
    for (size_t s = 0; s < visits.size(); ++s)
      EXPECT_NEAR(solution.weights[s] * solution.values[0] / solution.values[s], visits[s] / kEpisodes,
                  0.03 * (1 + visits[s] / kEpisodes));
    const EpisodeChances chances = episode_chances(graph, policy, kLimit);
    EXPECT_NEAR(chances.success, arrived / kEpisodes, 5 * 0.5 / std::sqrt(kEpisodes));
    EXPECT_NEAR(chances.steps, steps / kEpisodes, 0.02 * chances.steps);
    EXPECT_NEAR(chances.steps_of_success, steps_of_success / kEpisodes, 0.5);
  }
}

MoveTable softmax(MoveTable table) {
  for (auto& row : table) {
    double total = 0;
    for (double& p : row) total += p = std::exp(p);
    for (double& p : row) p /= total;
  }
  return table;
}

// Returns mix x mean of log V + (1 - mix) x log V of the start, for logits x.
double log_values(const envs::StateGraph& graph, const MoveTable& logits, double gamma, double mix) {
  const LevelSolution solution = solve_level(graph, softmax(logits), gamma, mix);
  double mean = 0;
  for (const double value : solution.values) mean += std::log(value) / graph.goal();
  return mix * mean + (1 - mix) * std::log(solution.values[0]);
}

// The weighted sum over states and moves is the gradient of log V.
TEST(LevelSolution, TheLossHasTheGradientOfLogV) {
  RandomStream random(3, "gradients");
  for (int32_t seed = 0; seed < 10; ++seed) {
    const auto made = make_level(seed, 7);
    const envs::StateGraph& graph = made->graph;
    const double gamma = 0.95, mix = 0.1 * seed;
    MoveTable logits(graph.states.size());
    for (auto& row : logits)
      for (double& x : row) x = 2.0 * random.uniform();
    const MoveTable policy = softmax(logits);
    const LevelSolution solution = solve_level(graph, policy, gamma, mix);
    for (size_t s = 0; s < graph.states.size(); s += 5)
      for (size_t m = 0; m < envs::kMoves; ++m) {
        // d pi(a) / d x(m) = pi(a) (1[a = m] - pi(m)); the mean of A is 0.
        const double gradient = solution.weights[s] * policy[s][m] * solution.advantages[s][m] * (1 - gamma);
        constexpr double kStep = 1e-5;
        MoveTable up = logits, down = logits;
        up[s][m] += kStep;
        down[s][m] -= kStep;
        const double slope =
            (log_values(graph, up, gamma, mix) - log_values(graph, down, gamma, mix)) / (2 * kStep);
        EXPECT_NEAR(gradient, slope, 1e-6 * (1 + std::abs(slope)));
      }
  }
}

TEST(LevelSolution, TheMeanAdvantageIsZeroAndOnlyTheWayToTheCheeseIsPositive) {
  RandomStream random(4, "signs");
  for (int32_t seed = 0; seed < 20; ++seed) {
    const auto made = make_level(seed, 11);
    const envs::StateGraph& graph = made->graph;
    const MoveTable policy = random_policy(graph, random);
    const LevelSolution solution = solve_level(graph, policy, 0.95, 0.5);
    const std::vector<int> to_goal = envs::moves_to_goal(graph);
    for (size_t s = 0; s < graph.states.size(); ++s) {
      double mean = 0;
      for (size_t m = 0; m < envs::kMoves; ++m) {
        mean += policy[s][m] * solution.advantages[s][m];
        const bool nearer = to_goal[static_cast<size_t>(graph.next[s][m])] < to_goal[s];
        EXPECT_EQ(solution.advantages[s][m] > 0, nearer) << "the exact advantage imitates the shortest path";
      }
      EXPECT_NEAR(mean, 0, 1e-9);
    }
  }
}

TEST(LevelSolution, ValuesThatUnderflowStayFinite) {
  const auto made = make_level(3, 25);
  MoveTable policy(made->graph.states.size(), {1 - 4e-12, 1e-12, 1e-12, 1e-12, 1e-12});
  const LevelSolution solution = solve_level(made->graph, policy, 0.5, 0.5);
  EXPECT_LT(solution.values[0], 1e-200);
  for (size_t s = 0; s < made->graph.states.size(); ++s) {
    EXPECT_TRUE(std::isfinite(solution.weights[s]));
    EXPECT_GE(solution.weights[s], 0);
    for (const double advantage : solution.advantages[s]) EXPECT_TRUE(std::isfinite(advantage));
  }
}

TEST(LevelSolution, ImitationHasTheGradientOfTheShortestPathsLogProbability) {
  RandomStream random(5, "imitation");
  const auto made = make_level(4, 7);
  const envs::StateGraph& graph = made->graph;
  const MoveTable policy = random_policy(graph, random);
  const LevelSolution solution = imitate_shortest_path(graph, policy, 0.95);
  const std::vector<int> to_goal = envs::moves_to_goal(graph);
  for (size_t s = 0; s < graph.states.size(); ++s) {
    EXPECT_DOUBLE_EQ(solution.weights[s], 1.0 / graph.goal());
    double total = 0;
    for (size_t m = 0; m < envs::kMoves; ++m) {
      const bool nearer = to_goal[static_cast<size_t>(graph.next[s][m])] < to_goal[s];
      // The gradient of log pi(nearer) with respect to log pi(m) is 1 where m is that move.
      EXPECT_NEAR(policy[s][m] * solution.advantages[s][m], nearer ? 1 : 0, 1e-12);
      total += policy[s][m] * solution.advantages[s][m];
    }
    EXPECT_NEAR(total, 1, 1e-12) << "a maze is a tree: one move leads nearer";
  }
}

}  // namespace
}  // namespace mazescan::trainer
