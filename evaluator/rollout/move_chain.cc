#include "evaluator/rollout/move_chain.h"

#include <algorithm>
#include <utility>

#include "statistics/absorbing_chain.h"

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
  std::vector<double> ends(chain.states.size()), cost(chain.states.size(), 1);
  std::vector<statistics::AbsorbingChain::Transition> transitions;
  for (size_t s = 0; s < chain.states.size(); ++s) {
    const MoveChain::State& state = chain.states[s];
    if (state.arrived) {
      ends[s] = 1;
      cost[s] = 0;
      continue;
    }
    for (size_t m = 0; m < envs::kMoves; ++m)
      transitions.push_back({static_cast<int>(s), state.next[m], state.probability[m]});
  }
  return statistics::AbsorbingChain(std::move(ends), transitions, order).collected(std::move(cost));
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
