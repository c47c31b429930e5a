#include "trainer/sampled_experience.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "core/stopwatch.h"

namespace mazescan::trainer {

SampledExperience::SampledExperience(const TrainerConfig& config, const cluster::Communicator& communicator,
                                     int partitions, int largest_size, const MakeVectorEnv& make)
    : config_(config), communicator_(communicator), partitions_total_(partitions) {
  const int mine = partitions / communicator.size();
  for (int p = 0; p < mine; ++p)
    partitions_.emplace_back(config_, communicator.rank() * mine + p, partitions, largest_size, make);
}

void SampledExperience::collect(const policy::Network& network, int largest_size,
                                std::vector<PartitionStatistics>& statistics) {
  for (Partition& partition : partitions_) {
    partition.set_largest_size(largest_size);
    partition.begin_rollout();
  }
  for (int t = 0; t < config_.train.horizon; ++t)
    for (size_t p = 0; p < partitions_.size(); ++p) {
      if (t > 0) partitions_[p].receive_step(statistics[p].collected);
      partitions_[p].act(network, statistics[p].collected);
    }
  for (size_t p = 0; p < partitions_.size(); ++p) {
    partitions_[p].receive_step(statistics[p].collected);
    partitions_[p].end_rollout(network, statistics[p].collected);
    statistics[p].value_error = partitions_[p].value_error();
  }
  if (config_.train.ppo.normalise_advantages) normalise_advantages();
}

void SampledExperience::normalise_advantages() {
  std::vector<double> mine;
  for (const Partition& partition : partitions_) {
    const auto [sum, squares] = partition.advantage_moments();
    mine.insert(mine.end(), {sum, squares});
  }
  double sum = 0, squares = 0;
  const std::vector<double> all = communicator_.all_gather(mine);  // by rank, so in the order of partitions
  for (size_t i = 0; i < all.size(); i += 2) {
    sum += all[i];
    squares += all[i + 1];
  }
  const auto samples = static_cast<double>(config_.batch_size());
  const double mean = sum / samples, variance = std::max(0.0, squares / samples - mean * mean);
  for (Partition& partition : partitions_) partition.normalise_advantages(mean, std::sqrt(variance) + 1e-8);
}

int64_t SampledExperience::begin_epoch() {
  for (Partition& partition : partitions_) partition.shuffle();
  return config_.batch_size() / config_.train.ppo.minibatch;
}

void SampledExperience::add_gradients(const Loss& loss, const policy::Network& network, size_t partition,
                                      int64_t step, PartitionStatistics& statistics) {
  const int64_t part = config_.train.ppo.minibatch / partitions_total_;
  const Minibatch batch = partitions_[partition].minibatch(step * part, part, network.parameters().device());
  const Stopwatch stopwatch;
  loss.add_gradients(loss.forward(network, batch, config_.train.ppo), statistics.loss);
  statistics.collected.network_seconds += stopwatch.seconds();
}

Experience::StepTotal SampledExperience::step_total() const {
  const int64_t samples = config_.train.ppo.minibatch;
  return {samples, static_cast<double>(samples)};
}

void SampledExperience::save_streams(ByteWriter& out) const {
  for (const Partition& partition : partitions_) partition.save_streams(out);
}

void SampledExperience::save_environments(ByteWriter& out) const {
  for (const Partition& partition : partitions_) partition.save_environments(out);
}

void SampledExperience::restore(std::string_view streams, std::string_view environments) {
  ByteReader streams_in(streams, "streams.bin"), environments_in(environments, "environments.bin");
  const int mine = static_cast<int>(partitions_.size()), first = communicator_.rank() * mine;
  for (int p = 0; p < partitions_total_; ++p) {
    if (p >= first && p < first + mine) {
      partitions_[p - first].restore_streams(streams_in);
      partitions_[p - first].restore_environments(environments_in);
      continue;
    }
    for (int stream = 0; stream < Partition::kStreams; ++stream) streams_in.get<RandomStream::State>();
    for (int maze = 0; maze < config_.train.mazes / partitions_total_; ++maze) environments_in.get_bytes();
  }
}

}  // namespace mazescan::trainer
