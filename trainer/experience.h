#pragma once
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "trainer/loss.h"
#include "trainer/metrics.h"

namespace mazescan::trainer {

// What a rank learns from: in every update new states with their advantages, sampled in rollouts or solved
// exactly, or samples of recorded episodes. They are divided into partitions, of which each rank holds the
// same number; the r-th rank the r-th run of them. The bits of a partition depend neither on the rank that
// holds it nor on the other partitions.
class Experience {
 public:
  virtual ~Experience() = default;

  // Makes the states of the next update. Collective. statistics: one entry for each partition of this rank.
  virtual void collect(const policy::Network& network, int largest_size,
                       std::vector<PartitionStatistics>& statistics) = 0;

  // Begins an epoch. Returns its number of gradient steps.
  virtual int64_t begin_epoch() = 0;
  // Adds to the network's gradients those of the loss, summed over the states of a partition in a gradient
  // step. partition: 0 is the first of this rank.
  virtual void add_gradients(const Loss& loss, const policy::Network& network, size_t partition, int64_t step,
                             PartitionStatistics& statistics) = 0;
  // Returns the states of a gradient step whose gradients were added, over all ranks. Collective.
  struct StepTotal {
    int64_t states;
    double weight;  // the sum of their weights
  };
  virtual StepTotal step_total() const = 0;

  // Writes the random streams and the environments, of this rank's partitions only: the bytes of all ranks,
  // joined, are those of a single rank. Without environments: what a resumed training must have in common
  // with this one.
  virtual void save_streams(ByteWriter& out) const = 0;
  virtual void save_environments(ByteWriter& out) const = 0;
  // Restores them from the bytes of all ranks.
  virtual void restore(std::string_view streams, std::string_view environments) = 0;
};

}  // namespace mazescan::trainer
