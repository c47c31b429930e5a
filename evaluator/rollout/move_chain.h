#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "envs/maze_state.h"

// Exact statistics of a policy that depends on the state alone, in one maze with one cheese. The walk is a
// finite Markov chain.
namespace mazescan::rollout {

// Transitions between states 0, 1, ...; the states on the cheese are absorbing.
struct MoveChain {
  struct State {
    std::array<int, envs::kMoves> next{};  // the state that each move leads to
    std::array<double, envs::kMoves> probability{};
    int greedy = 0;  // the state that the most probable action leads to
    bool arrived = false;
  };
  std::vector<State> states;
};

inline constexpr int kNever = -1;

// Returns the steps of the greedy walk from every state to the cheese; kNever where the walk enters a cycle.
std::vector<int32_t> greedy_steps(const MoveChain& chain);

// Returns the states of the greedy walk: to the cheese, or once around the cycle, both ends included.
std::vector<int> greedy_walk(const MoveChain& chain, int from);

// Computes the probability that a sampled walk has arrived, for all start states at once, step by step.
class ArrivalChances {
 public:
  explicit ArrivalChances(const MoveChain& chain);  // starts at step 0: 1 where arrived, else 0
  const std::vector<double>& now() const { return now_; }
  void advance();  // takes one more step

 private:
  struct Entry {
    int to;
    double probability;
  };
  std::vector<int> row_{0};     // transitions of state s: [row_[s], row_[s + 1])
  std::vector<Entry> entries_;  // moves that lead to the same state are summed
  std::vector<double> now_, next_;
};

// Returns the mean number of steps of a sampled walk without a limit, from every state; infinite where it may
// never arrive. The elimination subtracts nothing, so an expectation of a billion steps is as exact as one of
// ten. `order`: all states in the order of elimination; leaves of the maze first is fastest.
// Source: Grassmann, Taksar and Heyman, "Regenerative analysis and steady state distributions for Markov
// chains", 1985.
std::vector<double> expected_steps(const MoveChain& chain, const std::vector<int>& order);

// The distribution over states of the walks that begin in one state, step by step.
class WalkDistribution {
 public:
  // start: the chance of each state at step 0. stops: 1 for each state in which walks end and stay.
  WalkDistribution(const MoveChain& chain, std::vector<double> start, std::vector<uint8_t> stops);
  const std::vector<double>& now() const { return now_; }
  double now(int state) const { return now_[static_cast<size_t>(state)]; }
  void advance(int steps = 1);

 private:
  const MoveChain& chain_;  // must outlive the distribution
  const std::vector<uint8_t> stops_;
  std::vector<double> now_, next_;
};

}  // namespace mazescan::rollout
