#pragma once
#include <vector>

#include "trainer/config.h"

namespace mazescan {

// Who does what in this job: first the learners, then the workers of learner 0, those of learner 1, ... So a
// scheduler can give the learners nodes with GPUs and the workers nodes without.
struct Roles {
  int learners = 1;
  int workers_per_learner = 0;

  bool is_learner(int rank) const { return rank < learners; }
  int learner_of(int worker) const { return (worker - learners) / workers_per_learner; }
  std::vector<int> workers_of(int learner) const;  // their ranks
};

// The roles in a job of so many ranks. Throws UserError where the section `ranks` does not fit them.
Roles assign_roles(const TrainerConfig& config, int ranks);

}  // namespace mazescan
