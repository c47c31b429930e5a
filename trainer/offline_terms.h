#pragma once
#include <torch/types.h>

#include <vector>

#include "trainer/loss_term.h"
#include "trainer/offline_config.h"

namespace mazescan::trainer {

// The layer whose outputs are Q (policy/q_heads.h).
inline constexpr const char* kQLayer = "fc_q";

// The terms of offline learners. They read the recorded actions of a minibatch and, as its returns, the
// targets of Q or, for learners without Q, the steps until the goal (Transition). B: samples.
//
// -log of the recorded action's probability, by the policy or, with bcq, by layer fc_behaviour, with
// decision_transformer by the row of the recorded return in fc_actions.
LossTerm imitation(OfflineLearner learner);
// The error of the recorded action's Q: half the square; with bcq Huber's, which is linear beyond 1.
LossTerm q_error(OfflineLearner learner);
// The mean square of the outputs of fc_behaviour.
LossTerm behaviour_l2();
// log sum exp Q - Q of the recorded action (Kumar et al., "Conservative Q-learning", 2020).
LossTerm conservative();

// -log of the recorded return's probability, by layer fc_return.
LossTerm return_prediction();

// Returns the terms of a learner.
std::vector<LossTerm> offline_terms(OfflineLearner learner);
// Returns one term of each name.
std::vector<LossTerm> all_offline_terms();

// Returns the targets of Q: rewards + gamma x the target network's Q of the online network's choice in the
// next state, which is 0 after a terminated step. A truncated step is no end. Shapes: rewards [B] float32;
// terminated [B] bool; choices [B] int64; next_q [B, actions]; returns [B].
torch::Tensor q_targets(const torch::Tensor& rewards, const torch::Tensor& terminated,
                        const torch::Tensor& choices, const torch::Tensor& next_q, double gamma);

}  // namespace mazescan::trainer
