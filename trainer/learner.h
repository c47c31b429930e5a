#pragma once
#include <torch/types.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/collective.h"
#include "cluster/communicator.h"
#include "policy/network.h"
#include "trainer/adam.h"
#include "trainer/config.h"
#include "trainer/curriculum.h"
#include "trainer/loss.h"
#include "trainer/metrics.h"
#include "trainer/partition.h"

namespace mazescan::trainer {

// This rank's part of the training: some of the partitions, and a copy of network and optimiser that equals
// those of all other ranks, bit for bit.
class Learner {
 public:
  // communicator: the ranks that learn. make: makes the environments of this rank's partitions.
  Learner(const TrainerConfig& config, const cluster::Communicator& communicator,
          cluster::Collective& collective, const MakeVectorEnv& make);

  // Collects one rollout of every maze and trains on it. Collective; the metrics are the same on every rank.
  UpdateMetrics update();
  bool finished() const { return updates_ >= config_.updates(); }
  int64_t updates() const { return updates_; }
  int64_t steps() const { return updates_ * config_.steps_per_update(); }

  // Returns everything that is needed to resume bit for bit, as named blobs: complete on rank 0, empty on
  // other ranks. Collective.
  std::map<std::string, std::string> state() const;
  // Restores the blobs of `state`, which any number of ranks may have written. Throws UserError if they
  // belong to another training or are damaged.
  void restore(const std::map<std::string, std::string>& blobs);

  // Returns policy.safetensors; its metadata describe the training.
  std::string policy_bytes() const;
  const policy::Network& network() const { return network_; }

 private:
  // Collects one rollout of every partition. Partitions take turns: while workers step one, the network
  // evaluates the next.
  void collect(std::vector<PartitionStatistics>& statistics);
  void normalise_advantages();
  // Makes the gradient steps of all epochs.
  struct StepMeans {  // means over gradient steps
    double gradient_norm = 0;
    std::map<std::string, double> parameter_terms;  // loss terms of parameters, by name
  };
  StepMeans optimise(const Loss& loss, double learning_rate, std::vector<PartitionStatistics>& statistics);
  // Leaves in the network's sums (Network::sums) those over partitions first..last-1, for minibatch `index`.
  // Adds them as a balanced tree, so that the partitions of one rank and of several ranks sum to the same
  // bits.
  void sum_gradients(const Loss& loss, size_t first, size_t last, int64_t index,
                     std::vector<PartitionStatistics>& statistics);
  double explained_variance() const;
  void restore_partitions(std::string_view streams, std::string_view environments);

  const TrainerConfig config_;
  const cluster::Communicator& communicator_;
  cluster::Collective& collective_;
  policy::Network network_;
  Adam adam_;
  Curriculum curriculum_;
  int partitions_total_;
  std::deque<Partition> partitions_;  // consecutive ones; rank r holds the r-th run of them
  int64_t updates_ = 0;
};

}  // namespace mazescan::trainer
