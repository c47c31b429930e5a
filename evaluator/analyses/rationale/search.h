#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "evaluator/analyses/rationale/generator.h"
#include "evaluator/analyses/rationale/masking.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/agent.h"
#include "statistics/lagrange_multiplier.h"

namespace mazescan::rationale {

// Returns the Kullback-Leibler divergence of each row, in nats: of the policy with logits `seen` from that
// with logits `whole`. Shapes: [N, actions] float32; returns [N].
torch::Tensor divergence(const torch::Tensor& whole, const torch::Tensor& seen);

// Trains a generator of rationales for a frozen policy, with one rate after the other. The loss is the
// divergence between the policy in the whole state and in the state of which the gates let some cells be
// seen, plus a price times the excess of the expected rate of open gates over the target. The price is the
// multiplier plus a penalty that is proportional to the excess, never negative.
// Source: Bastings, Aziz and Titov, "Interpretable neural predictions with differentiable binary variables",
// 2019. Other than there, the predictor is not trained, so that the shape of a rationale is no message to it.
class RationaleSearch {
 public:
  // pool: the levels, at least two. It, the policy and the agent must outlive the search.
  RationaleSearch(const policies::TrainedPolicy& trained, const rollout::NetworkAgent& agent,
                  const StatePool& pool, RandomStream random);

  // Continues the training with a target. Returns the mean expected rate of the last tenth of the steps.
  double train(double target, int steps);
  // Returns the likeliest values of the gates: 0, 1 or between. Shapes: [N, size, size].
  torch::Tensor likeliest_gates(const MaskedStates& states) const;

 private:
  const policy::Network& network_;
  const rollout::NetworkAgent& agent_;
  const StatePool& pool_;
  const MazeWindow window_;
  RandomStream random_;
  Generator generator_;
  statistics::LagrangeMultiplier multiplier_;
  bool started_ = false;
};

// The cost of a search: states in a gradient step, and steps for `rates` rates.
inline constexpr int kSearchBatch = 48;
int64_t gradient_steps(int64_t rates, int64_t steps);

}  // namespace mazescan::rationale
