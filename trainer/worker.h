#pragma once
#include "cluster/communicator.h"
#include "trainer/config.h"

namespace mazescan {

// Steps environments for the rank `learner` until that rank destroys its Workers. Throws what the
// environments throw.
void serve_learner(const TrainerConfig& config, const Communicator& communicator, int learner,
                   const EnvironmentFactory& make = make_environment);

}  // namespace mazescan
