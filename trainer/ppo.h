#pragma once
#include <cstdint>

#include "trainer/loss_term.h"

namespace mazescan::trainer {

// The terms of proximal policy optimisation: the clipped surrogate objective, half the squared error of the
// (clipped) value, and the entropy of the policy as a bonus. If the advantages of all actions are known, the
// surrogate is its mean over the actions of the old policy, so that no action needs to be sampled.
LossTerm policy_loss();
LossTerm value_loss();
LossTerm entropy_bonus();

// How far the policy moved from the one that the advantages belong to: sums over samples, each multiplied by
// its weight.
struct PolicyChange {
  double kl = 0;       // divergence: by Schulman's low-variance estimator, exact over all actions
  double clipped = 0;  // samples (or their share of actions) whose probability ratio is clipped

  void add(const ForwardPass& pass);
};

}  // namespace mazescan::trainer
