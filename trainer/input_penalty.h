#pragma once
#include "trainer/loss_term.h"
#include "trainer/penalty_config.h"

namespace mazescan::trainer {

// The neural LASSO (Ross, Lage and Doshi-Velez, 2017): penalises the L1 norm of the gradient of a value with respect to
// the input, so that few inputs matter to each decision. The norm also falls when the logits shrink: judge its effect
// by the shape of the gradient, not by its size.
LossTerm input_l1(const InputPenaltyConfig& config = {});

// "Right for the right reasons" (Ross, Hughes and Doshi-Velez, 2017): penalises the squared gradient with respect to
// inputs that are wrong reasons: the plane of free cells in the top-right region of each maze, whose corner is found
// from the rows and columns that have free cells. Needs observations in planes.
LossTerm corner_l2(const InputPenaltyConfig& config = {});

}  // namespace mazescan::trainer
