#pragma once
#include <cstdint>

#include "trainer/loss_term.h"

namespace mazescan::trainer {

// The terms of proximal policy optimisation: the clipped surrogate objective, half the squared error of the
// (clipped) value, and the entropy of the policy as a bonus.
LossTerm policy_loss();
LossTerm value_loss();
LossTerm entropy_bonus();

// How far the policy moved from the one that collected the rollout, summed over samples.
struct PolicyChange {
  double kl = 0;       // divergence, by Schulman's low-variance estimator
  double clipped = 0;  // samples whose probability ratio is clipped
  int64_t samples = 0;

  void add(const ForwardPass& pass);
};

}  // namespace mazescan::trainer
