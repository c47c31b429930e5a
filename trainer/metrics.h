#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cluster/communicator.h"
#include "trainer/loss.h"
#include "trainer/statistics.h"

namespace mazescan::trainer {

// The results of an update for one partition. They are added in the order of partitions, so that the bits of
// the sums do not depend on the number of ranks.
struct PartitionStatistics {
  CollectStatistics collected;
  ValueError value_error;
  LossStatistics loss;
};

// The results of one update, over all ranks.
struct UpdateMetrics {
  int64_t update = 0;
  int64_t steps = 0;   // of the training so far: of environments, states (exact) or samples (offline)
  int64_t states = 0;  // of this update
  std::map<std::string, double> loss;               // each term: its mean over samples, or over minibatches
  std::map<std::string, double> loss_coefficients;  // each term's, with its sign
  double kl = 0, clip_fraction = 0;                 // means over samples
  double distinct_share = 1;                        // of states in the samples of gradient steps
  double evaluated_share = 1;                       // of the rollout's states that the network evaluated
  double gradient_norm = 0, explained_variance = 0, mean_reward = 0;
  std::map<std::string, double>
      regret;  // with train.exact.replay: mean over "new" levels, and "replayed" ones
  double learning_rate = 0;
  int largest_size = 0;
  Tallies finished;
  LossMemory observed;                      // sums over samples (LossTerm::observe)
  double loss_samples = 0;                  // the number of these samples
  std::map<std::string, double> penalties;  // what terms describe of their memory
  double update_seconds = 0;                // this rank's
  double network_seconds = 0;               // in forward and backward passes, mean over ranks
  double processor_seconds = 0;             // this rank's before reduce(), then of all ranks

  // Fills in what is summed over partitions, and over ranks. Collective.
  void reduce(const cluster::Communicator& communicator, const std::vector<PartitionStatistics>& partitions);
  // Returns one line of metrics.jsonl. seconds, processors: of training so far, over all its jobs.
  nlohmann::json line(double seconds, double processors) const;
};

}  // namespace mazescan::trainer
