#pragma once
#include <deque>
#include <vector>

#include "cluster/communicator.h"
#include "cluster/peer_channel.h"
#include "trainer/vector_env.h"

namespace mazescan::trainer {

// The ranks that step the environments of a learner.
class Workers {
 public:
  // ranks: not empty; each must call serve_learner.
  Workers(const cluster::Communicator& communicator, const std::vector<int>& ranks);
  ~Workers();  // makes serve_learner return on these ranks
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Makes environments that these ranks step. They must be destroyed before the workers.
  MakeVectorEnv environments(const TrainerConfig& config);

 private:
  std::deque<cluster::PeerChannel> channels_;
  int groups_ = 0;  // groups of environments made so far
};

}  // namespace mazescan::trainer
