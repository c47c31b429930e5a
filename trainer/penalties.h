#pragma once
#include "trainer/loss_term.h"
#include "trainer/penalty_config.h"

namespace mazescan::trainer {

// Penalises the mean absolute activation of layers (Georgiadis, "Accelerating convolutional neural networks via
// activation map compression", 2019). With `zeros`, the multiplier of each layer follows the method of multipliers of
// Bastings et al., 2019: it is multiplied by exp(rate m), m the moving average of the missing share of zeros.
LossTerm activation_l1(const ActivationPenaltyConfig& config = {});

// Penalises half the squared norm of all parameters (L2 regularisation, which Adam does not decouple).
LossTerm weight_l2();

}  // namespace mazescan::trainer
