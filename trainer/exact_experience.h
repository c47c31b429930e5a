#pragma once
#include <vector>

#include "cluster/communicator.h"
#include "envs/batch.h"
#include "trainer/experience.h"

namespace mazescan::trainer {

// All states of new levels in every update, with exact advantages (or with those of imitation). Nothing is
// sampled but the levels. Every rank makes all levels, which takes microseconds, and they are divided into
// partitions with about the same number of states. With `train.exact.replay`, the levels of greatest regret stay for the
// next update: the adversary of minimax-regret training.
class ExactExperience final : public Experience {
 public:
  // partitions: of all ranks.
  ExactExperience(const TrainerConfig& config, const cluster::Communicator& communicator, int partitions,
                  int largest_size);

  void collect(const policy::Network& network, int largest_size,
               std::vector<PartitionStatistics>& statistics) override;
  // One gradient step, on all states of all levels.
  int64_t begin_epoch() override;
  // In the first epoch, solves the levels with the probabilities of the same forward pass; or, if only some
  // states have a backward pass, with those of a forward pass before.
  void add_gradients(const Loss& loss, const policy::Network& network, size_t partition, int64_t step,
                     PartitionStatistics& statistics) override;
  StepTotal step_total() const override;

  void save_streams(ByteWriter&) const override {}  // there are none
  void save_environments(ByteWriter& out) const override;
  void restore(std::string_view streams, std::string_view environments) override;

 private:
  // Levels whose states pass through the network together.
  struct Pass {
    std::vector<int> levels;
    int64_t states = 0;
    Minibatch batch;
  };
  // Divides levels into the passes of this rank's partitions.
  std::vector<std::vector<Pass>> passes_of(const std::vector<int>& levels) const;
  // Returns the regret of every level: what the best policy earns from its start beyond what this one does, in units of
  // the reward, discounted. Collective.
  std::vector<double> regrets(const policy::Network& network, std::vector<PartitionStatistics>& statistics);
  // Keeps the levels of the greatest regret for the next updates. Returns the levels of this one: those, and new ones.
  // statistics: of one partition of all ranks; nullptr on other ranks.
  std::vector<int> choose(const std::vector<double>& regrets, const std::vector<uint8_t>& is_new,
                          CollectStatistics* statistics);
  void observe(Pass& pass, torch::Device device) const;
  // Completes the batch of a pass from the network's outputs for it. Returns the sum of its weights.
  double solve(Pass& pass, const torch::Tensor& log_probabilities, const torch::Tensor& values,
               PartitionStatistics& statistics) const;
  // Solves the levels of a partition, and keeps only some of their states, with larger weights.
  void select(const policy::Network& network, size_t partition, PartitionStatistics& statistics);

  const TrainerConfig config_;
  const cluster::Communicator& communicator_;
  envs::Batch environments_;
  const size_t partitions_;                // of this rank
  const bool selects_;                     // some states only have a backward pass
  std::vector<int> replayed_;              // the levels that stay, in ascending order
  std::vector<bool> counts_;               // of all levels: whether their episodes are in the statistics
  std::vector<envs::StateGraph> graphs_;   // of all levels
  std::vector<std::vector<Pass>> passes_;  // of this rank's partitions
  int epoch_ = 0;                          // of the update, from 1 on
  std::vector<double> weights_;            // of this rank's partitions
  std::vector<double> states_;             // of this rank's partitions, with a backward pass in this epoch
};

}  // namespace mazescan::trainer
