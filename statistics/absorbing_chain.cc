#include "statistics/absorbing_chain.h"

#include <algorithm>

#include "core/error.h"

namespace mazescan::statistics {

AbsorbingChain::AbsorbingChain(std::vector<double> ends, const std::vector<Transition>& transitions,
                               const std::vector<int>& order)
    : order_(order), rows_(ends.size()) {
  expect(order.size() == ends.size(), "every state once in the order of elimination");
  std::vector<std::vector<int>> from(ends.size());  // the states with a transition to each state
  const auto add = [&](size_t at, int to, double probability) {
    auto& goes = rows_[at].goes;
    const auto found =
        std::find_if(goes.begin(), goes.end(), [to](const Entry& entry) { return entry.state == to; });
    if (found != goes.end()) {
      found->value += probability;
      return;
    }
    goes.push_back({to, probability});
    from[static_cast<size_t>(to)].push_back(static_cast<int>(at));
  };
  for (const Transition& transition : transitions)
    if (transition.from != transition.to && transition.probability > 0)
      add(static_cast<size_t>(transition.from), transition.to, transition.probability);

  for (const int k : order) {
    Eliminated& gone = rows_[static_cast<size_t>(k)];
    gone.leaves = ends[static_cast<size_t>(k)];
    for (const Entry& entry : gone.goes) gone.leaves += entry.value;
    for (const int i : from[static_cast<size_t>(k)]) {
      // Remove the transition i -> k; what it carried goes where k goes.
      auto& goes = rows_[static_cast<size_t>(i)].goes;
      const auto found =
          std::find_if(goes.begin(), goes.end(), [k](const Entry& entry) { return entry.state == k; });
      const double share = found->value / gone.leaves;
      goes.erase(found);
      if (share == 0) continue;  // underflow
      gone.shares.push_back({i, share});
      if (gone.leaves == 0) continue;  // a walk never leaves k: the share is infinite
      ends[static_cast<size_t>(i)] += share * ends[static_cast<size_t>(k)];
      for (const Entry& entry : gone.goes)
        if (entry.state != i && share * entry.value > 0)
          add(static_cast<size_t>(i), entry.state, share * entry.value);
    }
    // From now on nothing refers to k: its own row is final.
    for (const Entry& entry : gone.goes) {
      auto& to = from[static_cast<size_t>(entry.state)];
      to.erase(std::remove(to.begin(), to.end(), k), to.end());
    }
  }
}

std::vector<double> AbsorbingChain::collected(std::vector<double> reward) const {
  for (const int k : order_)
    for (const Entry& share : rows_[static_cast<size_t>(k)].shares)
      reward[static_cast<size_t>(share.state)] += share.value * reward[static_cast<size_t>(k)];
  for (auto k = order_.rbegin(); k != order_.rend(); ++k) {
    const Eliminated& row = rows_[static_cast<size_t>(*k)];
    double& total = reward[static_cast<size_t>(*k)];
    for (const Entry& entry : row.goes) total += entry.value * reward[static_cast<size_t>(entry.state)];
    total /= row.leaves;
  }
  return reward;
}

std::vector<double> AbsorbingChain::visits(std::vector<double> start) const {
  for (const int k : order_) {
    const Eliminated& row = rows_[static_cast<size_t>(k)];
    double& total = start[static_cast<size_t>(k)];
    total /= row.leaves;
    for (const Entry& entry : row.goes) start[static_cast<size_t>(entry.state)] += entry.value * total;
  }
  for (auto k = order_.rbegin(); k != order_.rend(); ++k)
    for (const Entry& share : rows_[static_cast<size_t>(*k)].shares)
      start[static_cast<size_t>(*k)] += share.value * start[static_cast<size_t>(share.state)];
  return start;
}

}  // namespace mazescan::statistics
