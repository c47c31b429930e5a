#pragma once
#include <torch/types.h>

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
#include "trainer/experience.h"
#include "trainer/loss.h"
#include "trainer/metrics.h"
#include "trainer/vector_env.h"

namespace mazescan::trainer {

// This rank's part of the training: some of the experience, and a copy of network and optimiser that equals
// those of all other ranks, bit for bit.
class Learner {
 public:
  // communicator: the ranks that learn. make: makes the environments that are sampled.
  Learner(const TrainerConfig& config, const cluster::Communicator& communicator,
          cluster::Collective& collective, const MakeVectorEnv& make);

  // Sets the weights to those of a policy file (its bytes); state, such as duty cycles, starts with zeros. Throws
  // UserError if its network has other layers.
  void start_from(std::string_view bytes, const std::string& name);

  // Makes new experience and trains on it. Collective; the metrics are the same on every rank.
  UpdateMetrics update();
  bool finished() const { return updates_ >= config_.updates(); }
  int64_t updates() const { return updates_; }
  int64_t steps() const { return steps_; }  // see UpdateMetrics::steps

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
  // Makes the gradient steps of all epochs.
  struct StepMeans {  // means over gradient steps
    double gradient_norm = 0;
    std::map<std::string, double> parameter_terms;  // loss terms of parameters, by name
  };
  StepMeans optimise(const Loss& loss, double learning_rate, std::vector<PartitionStatistics>& statistics);
  // Leaves in the network's sums (Network::sums) those over partitions first..last-1, for gradient step
  // `step`. Adds them as a balanced tree, so that the partitions of one rank and of several ranks sum to the
  // same bits.
  void sum_gradients(const Loss& loss, size_t first, size_t last, int64_t step,
                     std::vector<PartitionStatistics>& statistics);

  const TrainerConfig config_;
  const cluster::Communicator& communicator_;
  cluster::Collective& collective_;
  policy::Network network_;
  Adam adam_;
  Curriculum curriculum_;
  const std::vector<LossTerm> terms_;
  LossMemory memory_;     // of these terms, the same on every rank
  const int partitions_;  // of all ranks
  const std::unique_ptr<Experience> experience_;
  int64_t updates_ = 0, steps_ = 0;
};

}  // namespace mazescan::trainer
