#pragma once
#include "cluster/communicator.h"
#include "trainer/config.h"

namespace mazescan::trainer {

// Steps environments for the rank `learner` until that rank destroys its Workers. Throws what the
// environments throw.
void serve_learner(const TrainerConfig& config, const cluster::Communicator& communicator, int learner,
                   const envs::EnvironmentFactory& make = envs::make_environment);

}  // namespace mazescan::trainer
