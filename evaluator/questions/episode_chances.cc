#include "evaluator/questions/episode_chances.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "datasets/scan_episode.h"

namespace mazescan::questions {
namespace {

constexpr int kNever = -1;

// Returns [limit + 1] chances of a walk that arrives after exactly so many steps: 0 before them, 1 from them
// on.
const float* certain_arrival(int steps, int limit) {
  static std::map<int, std::unique_ptr<std::vector<float>>> zeros_then_ones;  // by limit
  auto& both = zeros_then_ones[limit];
  const auto length = static_cast<size_t>(limit) + 1;
  if (!both) {
    both = std::make_unique<std::vector<float>>(2 * length);
    std::fill(both->begin() + static_cast<std::ptrdiff_t>(length), both->end(), 1.0F);
  }
  const bool arrives = steps != kNever && steps <= limit;
  return both->data() + (arrives ? length - static_cast<size_t>(steps) : 0);
}

void add_exact(Courses& courses, const datasets::ScanShard& shard, size_t e) {
  const datasets::ExactChances& exact = shard.exact;
  courses.arrived.push_back(&exact.arrived[e * (static_cast<size_t>(shard.limit) + 1)]);
  courses.cheese.push_back(exact.goal[e]);
  courses.top_right.push_back(exact.proxy[e]);
  courses.top_right_then_cheese.push_back(exact.proxy_then_goal[e]);
  courses.decides.push_back(exact.decision_reached[e]);
  courses.decides_toward.push_back(static_cast<double>(exact.decision_reached[e]) *
                                   exact.decision_to_goal[e]);
}

void add_rollout(Courses& courses, const datasets::ScanShard& shard, const datasets::Rollouts& rollouts,
                 size_t e) {
  const bool success = rollouts.success[e] != 0;
  const auto outcome = static_cast<datasets::Outcome>(rollouts.outcome[e]);
  courses.arrived.push_back(certain_arrival(success ? rollouts.steps[e] : kNever, shard.limit));
  courses.cheese.push_back(outcome == datasets::Outcome::kGoal ? 1 : 0);
  courses.top_right.push_back(outcome == datasets::Outcome::kProxy ? 1 : 0);
  courses.top_right_then_cheese.push_back(outcome == datasets::Outcome::kProxy && success ? 1 : 0);
  const std::optional<bool> toward = datasets::first_step_toward_cheese(shard, rollouts, e);
  courses.decides.push_back(toward.has_value() ? 1 : 0);
  courses.decides_toward.push_back(toward.value_or(false) ? 1 : 0);
}

void add_measures(Episodes& episodes, const datasets::ScanShard& shard, size_t e) {
  for (const datasets::ScanMeasure& measure : shard.measures) {
    const double* const values = &measure.values[e * datasets::kMeasuredMice];
    Episodes::Measured& measured = episodes.measures[measure.name];
    measured.policy.push_back(values[0]);
    measured.random.push_back(values[1]);
    measured.greedy.push_back(values[3]);
  }
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void append(Courses& to, const Courses& from) {
  append(to.arrived, from.arrived);
  append(to.cheese, from.cheese);
  append(to.top_right, from.top_right);
  append(to.top_right_then_cheese, from.top_right_then_cheese);
  append(to.decides, from.decides);
  append(to.decides_toward, from.decides_toward);
}

}  // namespace

void add_shard(Episodes& episodes, const datasets::ScanShard& shard, std::map<int32_t, int>& levels) {
  episodes.limit = shard.limit;
  for (size_t e = 0; e < shard.level_seed.size(); ++e) {
    const int next = static_cast<int>(levels.size());
    episodes.level.push_back(levels.emplace(shard.level_seed[e], next).first->second);
    episodes.optimal.push_back(shard.optimal[e]);
    episodes.on_path.push_back(shard.on_path[e] != 0);
    episodes.has_decision.push_back(shard.decision[2 * e] >= 0);
    episodes.cheese.push_back({shard.cheese[2 * e], shard.cheese[2 * e + 1]});
    episodes.ceiling.push_back(certain_arrival(shard.optimal[e], shard.limit));
    episodes.blind.push_back(certain_arrival(shard.exact.blind_steps[e], shard.limit));
    episodes.random.push_back(&shard.exact.random_arrived[e * (static_cast<size_t>(shard.limit) + 1)]);
    add_exact(episodes.sampled, shard, e);
    add_rollout(episodes.greedy, shard, shard.greedy, e);
    add_measures(episodes, shard, e);
  }
}

Episodes pooled(const Episodes& a, const Episodes& b) {
  Episodes both = a;
  append(both.level, b.level);
  append(both.optimal, b.optimal);
  append(both.on_path, b.on_path);
  append(both.has_decision, b.has_decision);
  append(both.cheese, b.cheese);
  append(both.ceiling, b.ceiling);
  append(both.blind, b.blind);
  append(both.random, b.random);
  append(both.sampled, b.sampled);
  append(both.greedy, b.greedy);
  for (const auto& [name, measured] : b.measures) {
    append(both.measures[name].policy, measured.policy);
    append(both.measures[name].greedy, measured.greedy);
    append(both.measures[name].random, measured.random);
  }
  return both;
}

}  // namespace mazescan::questions
