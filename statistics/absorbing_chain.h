#pragma once
#include <vector>

namespace mazescan::statistics {

// A Markov chain whose walks end: solves its linear systems exactly, up to rounding. Nothing is subtracted,
// so no digits cancel: an expectation of a billion steps is as exact as one of ten.
// Source: Grassmann, Taksar and Heyman, "Regenerative analysis and steady state distributions for Markov
// chains", 1985.
class AbsorbingChain {
 public:
  struct Transition {
    int from, to;
    double probability;
  };

  // ends: the probability of each state that the walk ends in the next step, [S]. transitions: those between
  // states; several of one pair are added. From a state to itself is what remains of 1, and need not be
  // listed. order: all states, in the order of elimination; if those with few neighbours come first, it is
  // fast.
  AbsorbingChain(std::vector<double> ends, const std::vector<Transition>& transitions,
                 const std::vector<int>& order);

  // Returns the sum of `reward` that a walk collects until it ends, from every state: x = reward + Q x, where
  // Q is the matrix of transitions. Infinite where reward is collected for ever. Shapes: [S].
  std::vector<double> collected(std::vector<double> reward) const;

  // Returns the mean number of visits to every state of walks that begin with the weights `start`:
  // d = start + Q^T d. Shapes: [S].
  std::vector<double> visits(std::vector<double> start) const;

 private:
  struct Entry {
    int state;
    double value;
  };
  // I - Q = L U: a step of the elimination adds a share of its row to rows that come later.
  struct Eliminated {
    double leaves = 0;          // the probability to end or to go to a state that comes later
    std::vector<Entry> goes;    // to states that come later
    std::vector<Entry> shares;  // by states that come later
  };
  std::vector<int> order_;
  std::vector<Eliminated> rows_;  // by state
};

}  // namespace mazescan::statistics
