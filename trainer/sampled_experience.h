#pragma once
#include <deque>
#include <vector>

#include "cluster/communicator.h"
#include "trainer/experience.h"
#include "trainer/partition.h"

namespace mazescan::trainer {

// Rollouts of the policy, with advantages by generalised advantage estimation.
class SampledExperience final : public Experience {
 public:
  // partitions: of all ranks. make: makes the environments of this rank's partitions.
  SampledExperience(const TrainerConfig& config, const cluster::Communicator& communicator, int partitions,
                    int largest_size, const MakeVectorEnv& make);

  // Collects one rollout of every partition. Partitions take turns: while workers step one, the network
  // evaluates the next.
  void collect(const policy::Network& network, int largest_size,
               std::vector<PartitionStatistics>& statistics) override;
  int64_t begin_epoch() override;
  void add_gradients(const Loss& loss, const policy::Network& network, size_t partition, int64_t step,
                     PartitionStatistics& statistics) override;
  StepTotal step_total() const override;
  void save_streams(ByteWriter& out) const override;
  void save_environments(ByteWriter& out) const override;
  void restore(std::string_view streams, std::string_view environments) override;

 private:
  void normalise_advantages();

  const TrainerConfig config_;
  const cluster::Communicator& communicator_;
  const int partitions_total_;
  std::deque<Partition> partitions_;
};

}  // namespace mazescan::trainer
