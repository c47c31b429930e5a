#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "datasets/scan_shard.h"

namespace mazescan {

// Returns a small valid shard with every kind of dataset: `episodes` levels of size 5. In every second level,
// the sampled rollout visits the decision square.
inline datasets::ScanShard sample_shard(int episodes) {
  constexpr int kSize = 5, kLimit = 20;
  datasets::ScanShard shard;
  shard.size = kSize;
  shard.placement = "cell:3,4";
  shard.chunk = 2;
  shard.limit = kLimit;
  shard.region = 1;
  shard.scan_key = "0123456789abcdef0123456789abcdef";
  const auto add_rollout = [&](datasets::Rollouts& rollouts, int e, int steps, int decision_step) {
    if (rollouts.path_offset.empty()) rollouts.path_offset.push_back(0);
    if (e < 0) return;
    rollouts.success.push_back(steps < kLimit);
    rollouts.outcome.push_back(static_cast<uint8_t>(e % 4));
    rollouts.steps.push_back(steps);
    rollouts.decision_step.push_back(decision_step);
    for (int i = 0; i <= steps; ++i)
      rollouts.path.push_back(static_cast<uint16_t>((e + i) % (kSize * kSize)));
    rollouts.path_offset.push_back(static_cast<int64_t>(rollouts.path.size()));
  };
  add_rollout(shard.sampled, -1, 0, 0);
  add_rollout(shard.greedy, -1, 0, 0);
  for (int e = 0; e < episodes; ++e) {
    const bool decides = e % 2 == 0;
    shard.level_seed.push_back(1000 + e);
    for (int c = 0; c < kSize * kSize; ++c) shard.open.push_back((c + e) % 3 != 0);
    shard.cheese.insert(shard.cheese.end(), {static_cast<int16_t>(e % kSize), 4});
    shard.proxy.insert(shard.proxy.end(), {4, static_cast<int16_t>(e % kSize)});
    shard.optimal.push_back(8);
    shard.on_path.push_back(e % 3 == 0);
    shard.decision.insert(shard.decision.end(), 2, static_cast<int16_t>(decides ? 2 : -1));
    add_rollout(shard.sampled, e, 4 + e % 17, decides ? 3 : -1);
    add_rollout(shard.greedy, e, 20 - e % 3, -1);
    if (decides) shard.decision_episode.push_back(e);
    for (int t = 0; t <= kLimit; ++t) {
      shard.exact.arrived.push_back(static_cast<float>(t) / (kLimit + 1 + static_cast<float>(e)));
      shard.exact.random_arrived.push_back(static_cast<float>(t) / (2 * kLimit));
    }
    shard.exact.expected_steps.push_back(e == 0 ? std::numeric_limits<double>::infinity() : 10 + e);
    shard.exact.goal.push_back(0.25f);
    shard.exact.proxy.push_back(0.5f);
    shard.exact.proxy_then_goal.push_back(0.125f);
    shard.exact.decision_reached.push_back(decides ? 0.5f : 0);
    shard.exact.decision_to_goal.push_back(decides ? 0.25f : 0);
    shard.exact.decision_to_proxy.push_back(decides ? 0.625f : 0);
    shard.exact.blind_steps.push_back(e % 3 == 0 ? 8 : -1);
  }
  const auto add_tap = [&](const char* tap, const char* moment, std::vector<int64_t> shape) {
    datasets::TapRecord record{tap, moment, std::move(shape), {}};
    int64_t count = 1;
    for (const int64_t length : record.shape) count *= length;
    for (int64_t i = 0; i < count; ++i)
      record.values.push_back(static_cast<float>(i % 512) / 8 - 1);  // exact in float16
    shard.taps.push_back(std::move(record));
  };
  const auto decisions = static_cast<int64_t>(shard.decision_episode.size());
  add_tap("embedder.block1.conv", "decision", {decisions, 3, 4, 2});
  add_tap("fc_policy", "decision", {decisions, 15});
  add_tap("embedder.block1.conv", "first", {episodes, 3, 4, 2});
  add_tap("fc_policy", "first", {episodes, 15});
  for (int f = 0; f < std::min(episodes, 2); ++f) {
    datasets::VectorField field;
    field.episode = f;
    for (int c = 0; c < kSize * kSize; ++c) {
      const bool wall = c % 4 == 3;
      for (int m = 0; m < 5; ++m)
        field.probability.push_back(wall ? std::numeric_limits<float>::quiet_NaN()
                                         : 0.1f * static_cast<float>(m));
      field.value.push_back(wall ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(c));
    }
    shard.fields.push_back(std::move(field));
  }
  return shard;
}

}  // namespace mazescan
