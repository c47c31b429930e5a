#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "envs/maze_state.h"

// Where a policy that depends on the state alone gets from every state of one maze with one cheese: a finite
// Markov chain with one absorbing state, and everything about it exactly.
namespace mazescan::certify {

// States are numbers 0, 1, ...; the cheese's are absorbing.
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

// Steps of the greedy walk from every state to the cheese; kNever where it runs into a circle.
std::vector<int32_t> greedy_steps(const MoveChain& chain);

// The states of the greedy walk: to the cheese, or once around the circle, both ends included.
std::vector<int> greedy_walk(const MoveChain& chain, int from);

// The chance that a sampled walk has arrived, for all states at once, step by step.
class ArrivalChances {
 public:
  explicit ArrivalChances(const MoveChain& chain);  // after no step: 1 where arrived, else 0
  const std::vector<double>& now() const { return now_; }
  void advance();  // one step more

 private:
  struct Entry {
    int to;
    double probability;
  };
  std::vector<int> row_{0};     // transitions of state s: [row_[s], row_[s + 1])
  std::vector<Entry> entries_;  // moves to one state summed
  std::vector<double> now_, next_;
};

// Mean number of steps of a sampled walk without limit; infinite where it may never arrive. States are
// eliminated as Grassmann, Taksar and Heyman do ("Regenerative analysis and steady state distributions for
// Markov chains", 1985): nothing is subtracted, so that an expectation of a billion steps is as exact as one
// of ten. `order`: the states in an order of elimination; leaves of the maze first is the fastest.
std::vector<double> expected_steps(const MoveChain& chain, const std::vector<int>& order);

}  // namespace mazescan::certify
