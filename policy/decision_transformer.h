#pragma once
#include <torch/types.h>

#include "policy/head.h"

namespace mazescan::policy {

// The head `decision_transformer` predicts how many steps there will be until the goal, and the action that is
// taken in an episode of so many (Lee et al., "Multi-game decision transformers", 2022, with one step of
// context, which is enough where observations show the whole state). Behind the layers of append_transformer:
//   embedder.mean                 [width]           the mean over the cells
//   embedder.returns              [bins x width]    a token for each return, which reads the cells by attention
//   embedder.fc, embedder.relufc  [bins x fc]
//   fc_return                     [bins]            logits of the return, from embedder.mean: see return_bin
//   fc_actions                    [bins x actions]  logits of the actions, for each return
//   fc_policy                     [actions]         return_mixture
//   fc_value                      [1]               the mean of return_worths over the predicted returns
HeadInfo decision_transformer();

inline constexpr int64_t kReturnBins = 18;

// Returns the bin of a return, which is a number of steps until the goal, with the one that is next: 1, 2, 3,
// 4-5, 6-7, 8-11, 12-15, 16-23, ..., 256-383, 384 and more; the last bin is infinity: the goal is not reached.
// Shapes: steps float32 from 1 on; returns int64.
torch::Tensor return_bin(const torch::Tensor& steps);

// Returns what each bin is worth: from 1, the goal is next, down to 0, it is not reached. Shapes: [bins] float32.
torch::Tensor return_worths(const torch::Tensor& like);

// Returns the log-probabilities of an expert's returns: P(return) x exp(kappa x its worth), normalised.
// Shapes: logits [N, bins]; worths [bins].
torch::Tensor expert_returns(const torch::Tensor& logits, const torch::Tensor& worths, double kappa);

// Returns the log-probabilities of the actions, as a mean over an expert's returns; if `bin` is at least 0, for
// this return alone. Shapes: returns [N, bins], actions [N, bins x actions], logits; returns [N, actions].
torch::Tensor return_mixture(const torch::Tensor& returns, const torch::Tensor& actions, double kappa,
                             int bin);

}  // namespace mazescan::policy
