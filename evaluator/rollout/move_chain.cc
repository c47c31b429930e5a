#include "evaluator/rollout/move_chain.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace mazescan::rollout {

std::vector<int32_t> greedy_steps(const MoveChain& chain) {
  constexpr int32_t kUnknown = -2, kWalking = -3;
  std::vector<int32_t> steps(chain.states.size(), kUnknown);
  std::vector<int> walk;
  for (size_t s = 0; s < chain.states.size(); ++s) {
    int at = static_cast<int>(s);
    for (walk.clear(); steps[at] == kUnknown && !chain.states[at].arrived; at = chain.states[at].greedy) {
      steps[at] = kWalking;
      walk.push_back(at);
    }
    if (chain.states[at].arrived) steps[at] = 0;
    int32_t left = steps[at] == kWalking ? kNever : steps[at];
    for (; !walk.empty(); walk.pop_back()) steps[walk.back()] = left == kNever ? kNever : ++left;
  }
  return steps;
}

std::vector<int> greedy_walk(const MoveChain& chain, int from) {
  std::vector<int> walk;
  std::vector<bool> seen(chain.states.size());
  int at = from;
  while (!seen[at] && !chain.states[at].arrived) {
    seen[at] = true;
    walk.push_back(at);
    at = chain.states[at].greedy;
  }
  walk.push_back(at);
  return walk;
}

std::vector<double> expected_steps(const MoveChain& chain, const std::vector<int>& order) {
  const size_t n = chain.states.size();
  // leave[i] * steps[i] = cost[i] + the sum over j of rate[i][j] * steps[j], where leave[i] is the sum of
  // rates to all other states, arrived ones included.
  std::vector<double> rate(n * n), cost(n, 1), leave(n), steps(n);
  for (size_t s = 0; s < n; ++s)
    if (!chain.states[s].arrived)
      for (int m = 0; m < envs::kMoves; ++m)
        if (chain.states[s].next[m] != static_cast<int>(s))
          rate[s * n + static_cast<size_t>(chain.states[s].next[m])] += chain.states[s].probability[m];
  std::vector<bool> gone(n);
  std::vector<size_t> to;
  for (const int eliminated : order) {
    const auto k = static_cast<size_t>(eliminated);
    if (chain.states[k].arrived) continue;
    gone[k] = true;
    to.clear();
    for (size_t j = 0; j < n; ++j)
      if (!gone[j] && rate[k * n + j] > 0) {
        to.push_back(j);
        leave[k] += rate[k * n + j];
      }
    for (size_t i = 0; i < n; ++i) {
      if (gone[i] || rate[i * n + k] == 0) continue;
      if (leave[k] == 0) {  // no other state is reachable from here
        cost[i] = std::numeric_limits<double>::infinity();
        continue;
      }
      const double share = rate[i * n + k] / leave[k];
      if (share == 0) continue;  // underflow
      cost[i] += share * cost[k];
      for (const size_t j : to)
        if (j != i) rate[i * n + j] += share * rate[k * n + j];
    }
  }
  for (auto k = order.rbegin(); k != order.rend(); ++k) {
    const auto i = static_cast<size_t>(*k);
    if (chain.states[i].arrived) continue;
    double total = cost[i];
    for (size_t j = 0; j < n; ++j)
      if (rate[i * n + j] > 0 && !gone[j]) total += rate[i * n + j] * steps[j];
    steps[i] = leave[i] == 0 ? std::numeric_limits<double>::infinity() : total / leave[i];
    gone[i] = false;  // its steps are known
  }
  return steps;
}

ArrivalChances::ArrivalChances(const MoveChain& chain)
    : now_(chain.states.size()), next_(chain.states.size()) {
  entries_.reserve(chain.states.size() * envs::kMoves);
  for (size_t s = 0; s < chain.states.size(); ++s) {
    const MoveChain::State& state = chain.states[s];
    now_[s] = state.arrived ? 1 : 0;
    for (int m = 0; m < envs::kMoves; ++m) {
      const int to = state.arrived ? static_cast<int>(s) : state.next[m];
      const double probability = !state.arrived ? state.probability[m] : m == 0 ? 1 : 0;
      const auto same = std::find_if(entries_.begin() + row_.back(), entries_.end(),
                                     [to](const Entry& entry) { return entry.to == to; });
      if (same != entries_.end()) {
        same->probability += probability;
      } else {
        entries_.push_back({to, probability});
      }
    }
    row_.push_back(static_cast<int>(entries_.size()));
  }
}

void ArrivalChances::advance() {
  for (size_t s = 0; s < now_.size(); ++s) {
    double chance = 0;
    for (int e = row_[s]; e < row_[s + 1]; ++e) chance += entries_[e].probability * now_[entries_[e].to];
    next_[s] = chance;
  }
  now_.swap(next_);
}

WalkDistribution::WalkDistribution(const MoveChain& chain, std::vector<double> start,
                                   std::vector<uint8_t> stops)
    : chain_(chain), stops_(std::move(stops)), now_(std::move(start)), next_(now_.size()) {}

void WalkDistribution::advance(int steps) {
  for (int t = 0; t < steps; ++t) {
    std::fill(next_.begin(), next_.end(), 0.0);
    for (size_t s = 0; s < now_.size(); ++s) {
      if (now_[s] == 0) continue;
      if (stops_[s] != 0) {
        next_[s] += now_[s];
        continue;
      }
      const MoveChain::State& state = chain_.states[s];
      for (size_t m = 0; m < envs::kMoves; ++m)
        next_[static_cast<size_t>(state.next[m])] += now_[s] * state.probability[m];
    }
    now_.swap(next_);
  }
}

}  // namespace mazescan::rollout
