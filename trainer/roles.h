#pragma once
#include <vector>

#include "trainer/config.h"

namespace mazescan::trainer {

// The roles of the ranks: first the learners, then the workers of learner 0, of learner 1, ... A scheduler
// can thus give the learners nodes with GPUs and the workers nodes without.
struct Roles {
  int learners = 1;
  int workers_per_learner = 0;

  bool is_learner(int rank) const { return rank < learners; }
  int learner_of(int worker) const { return (worker - learners) / workers_per_learner; }
  std::vector<int> workers_of(int learner) const;  // ranks
};

// Assigns the roles in a job of `ranks` ranks. Throws UserError if the section `ranks` does not fit.
Roles assign_roles(const TrainerConfig& config, int ranks);

}  // namespace mazescan::trainer
