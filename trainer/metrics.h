#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "cluster/world.h"
#include "core/stopwatch.h"
#include "trainer/curriculum.h"
#include "trainer/event_file.h"
#include "trainer/ppo.h"
#include "trainer/rollout.h"

namespace mazescan {

// What an update showed of one shard. Kept apart and added in the order of shards, so that the sums' bits do
// not depend on the number of ranks.
struct ShardStatistics {
  CollectStatistics collected;
  LossStatistics loss;
};

// What one update showed, over all ranks.
struct UpdateMetrics {
  int64_t update = 0, steps = 0;
  double policy_loss = 0, value_loss = 0, entropy = 0, kl = 0, clip_fraction = 0;  // means over samples
  double gradient_norm = 0, explained_variance = 0, mean_reward = 0;
  double learning_rate = 0, entropy_weight = 0;
  int largest_size = 0;
  Tallies finished;
  double update_seconds = 0;   // of this rank
  double network_seconds = 0;  // of those, in forward and backward passes (mean over ranks)

  // Fills in what is summed over samples, given this rank's shards. Collective.
  void reduce(const World& world, const std::vector<ShardStatistics>& shards, int64_t samples);
  // One line of metrics.jsonl. seconds: since training began, over all its runs.
  nlohmann::json line(double seconds) const;
};

// metrics.jsonl of a run directory, one JSON object an update, and beside it the same numbers for
// TensorBoard.
class MetricsFile {
 public:
  // Drops what is beyond `last_update`: a resumed run computes it again.
  MetricsFile(const std::filesystem::path& path, int64_t last_update);
  void append(const UpdateMetrics& metrics);
  // Success in the last episodes of each size, for people: "3: 1.00  5: 0.98".
  std::string recent_success() const;

 private:
  std::filesystem::path path_;
  std::optional<EventFile> events_;
  double seconds_before_ = 0;
  Stopwatch watch_;
  std::map<int, std::vector<SizeTally>> recent_;  // of each size, the last updates
};

}  // namespace mazescan
