#pragma once
#include <deque>
#include <vector>

#include "cluster/link.h"
#include "cluster/world.h"
#include "trainer/vector_environment.h"

namespace mazescan {

// The ranks that step a learner's environments for it. Actions go there; what comes back are states of a few
// bytes, from which the learner makes the observations itself.
class Workers {
 public:
  // ranks: not empty; each must call serve_learner.
  Workers(const World& world, const std::vector<int>& ranks);
  ~Workers();  // lets them go
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Environments that are spread evenly over the workers. They must end before the workers do.
  MakeEnvironments environments(const TrainerConfig& config);

 private:
  std::deque<Link> links_;
  int groups_ = 0;  // of environments made so far
};

// What a worker does: all that its learner asks for, until that lets it go. Throws what its environments
// throw.
void serve_learner(const TrainerConfig& config, const World& world, int learner,
                   const EnvironmentFactory& make = make_environment);

}  // namespace mazescan
