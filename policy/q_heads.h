#pragma once
#include <torch/types.h>

#include "policy/head.h"

namespace mazescan::policy {

// Heads whose network learns Q, the value of each action. Their layers behind embedder.relufc are
//   fc_q [actions]           Q
//   fc_behaviour [actions]   head `bcq`: logits of the policy that played the data
//   fc_policy [actions]      logits: see q_logits
//   fc_value [1]             the largest Q of the allowed actions
// So the likeliest action is the allowed one with the largest Q, and samples are near it.
HeadInfo q_head();
HeadInfo bcq_head();

// Returns Q / temperature. With `behaviour`, only actions are allowed whose probability there is more than
// `threshold` times the largest one (Fujimoto et al., "Benchmarking batch deep reinforcement learning
// algorithms", 2019); all others get the logit of the best allowed action minus 50, which never wins and has
// a probability below 1e-21. Shapes: q, behaviour (or undefined), returns [N, actions].
torch::Tensor q_logits(const torch::Tensor& q, const torch::Tensor& behaviour, double threshold,
                       double temperature);

}  // namespace mazescan::policy
