#include "trainer/workers.h"

#include <exception>

#include "trainer/remote_vector_env.h"
#include "trainer/worker_protocol.h"

namespace mazescan::trainer {

Workers::Workers(const cluster::Communicator& communicator, const std::vector<int>& ranks) {
  expect(!ranks.empty(), "workers");
  for (const int rank : ranks) channels_.emplace_back(communicator, rank);
}

Workers::~Workers() {
  if (std::uncaught_exceptions() > 0) return;  // the job ends
  for (cluster::PeerChannel& worker : channels_) worker.send(begin_request(WorkerRequest::leave, 0).take());
}

MakeVectorEnv Workers::environments(const TrainerConfig& config) {
  return [this, config](int first, int count, int largest_size) {
    return std::make_unique<RemoteVectorEnv>(config.environment, channels_, groups_++, first, count,
                                             largest_size);
  };
}

}  // namespace mazescan::trainer
