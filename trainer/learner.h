#pragma once
#include <torch/types.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/collective.h"
#include "cluster/world.h"
#include "policy/network.h"
#include "trainer/config.h"
#include "trainer/curriculum.h"
#include "trainer/metrics.h"
#include "trainer/ppo.h"
#include "trainer/rollout.h"

namespace mazescan {

// This rank's part of the training: some of the shards, and a replica of network and optimiser that stays
// equal to every other rank's, bit for bit.
class Learner {
 public:
  // world: the learners'. make: of the environments of this rank's shards.
  Learner(const TrainerConfig& config, const World& world, Collective& collective,
          const MakeEnvironments& make);

  // One rollout of every maze and its PPO epochs. Collective; the metrics are the same on every rank.
  UpdateMetrics update();
  bool finished() const { return updates_ >= config_.updates(); }
  int64_t updates() const { return updates_; }
  int64_t steps() const { return updates_ * config_.steps_per_update(); }

  // All that is needed to go on bit for bit, as named blobs: collective; complete at rank 0, empty elsewhere.
  std::map<std::string, std::string> state() const;
  // Takes what `state` gave, on any number of ranks. Throws UserError if it is of another training.
  void restore(const std::map<std::string, std::string>& blobs);

  // policy.safetensors, with what was trained in its metadata.
  std::string policy_bytes() const;
  const Network& network() const { return network_; }

 private:
  // One rollout of every shard. They take turns: while workers step one, the network looks at the next.
  void collect(std::vector<ShardStatistics>& statistics);
  void normalise_advantages();
  // Leaves in the network's gradients the sum over shards first..last-1 of their parts of minibatch `index`,
  // added as a balanced tree, so that shards of one rank and of several ranks sum to the same bits.
  void tree_gradients(size_t first, size_t last, int64_t index, std::vector<ShardStatistics>& statistics);
  double explained_variance() const;

  const TrainerConfig config_;
  const World& world_;
  Collective& collective_;
  Network network_;
  Adam adam_;
  Curriculum curriculum_;
  int shards_total_;
  std::deque<Shard> shards_;  // consecutive ones; rank r has the r-th part
  int64_t updates_ = 0;
  double entropy_weight_ = 0;
};

}  // namespace mazescan
