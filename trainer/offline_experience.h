#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "cluster/communicator.h"
#include "core/random.h"
#include "trainer/experience.h"
#include "trainer/offline_data.h"

namespace mazescan::trainer {

// Samples of recorded episodes, drawn with replacement; every partition draws its own. Nothing is played.
// Learners of Q have a target network: the network as it was at the beginning of the update.
class OfflineExperience final : public Experience {
 public:
  // Reads the data. partitions: of all ranks. Throws UserError (OfflineData).
  OfflineExperience(const TrainerConfig& config, const cluster::Communicator& communicator, int partitions);

  void collect(const policy::Network& network, int largest_size,
               std::vector<PartitionStatistics>& statistics) override;
  // Returns train.offline.update.
  int64_t begin_epoch() override;
  void add_gradients(const Loss& loss, const policy::Network& network, size_t partition, int64_t step,
                     PartitionStatistics& statistics) override;
  StepTotal step_total() const override;

  void save_streams(ByteWriter& out) const override;
  // There are no environments: writes the hash of the data.
  void save_environments(ByteWriter& out) const override;
  // Throws UserError if the training began with other data.
  void restore(std::string_view streams, std::string_view environments) override;

 private:
  std::vector<const Transition*> draw(size_t partition);
  // Returns the observations of some states. Shapes: [samples, C, H, W] uint8.
  torch::Tensor observe(const std::vector<const Transition*>& samples,
                        envs::MazeState Transition::*state) const;
  // Returns the targets of Q. Shapes: [samples] float32.
  torch::Tensor targets(const policy::Network& network, const std::vector<const Transition*>& samples) const;

  const TrainerConfig config_;
  const cluster::Communicator& communicator_;
  const std::unique_ptr<const envs::Task> task_;
  const OfflineData data_;
  const int partitions_total_;
  std::vector<RandomStream> streams_;      // of this rank's partitions
  std::optional<policy::Network> target_;  // of learners of Q, from the first update on
};

}  // namespace mazescan::trainer
