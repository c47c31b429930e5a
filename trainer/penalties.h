#pragma once
#include "trainer/loss_term.h"

namespace mazescan::trainer {

// Penalises the mean absolute activation of the last hidden layer.
LossTerm activation_l1();
// Penalises half the squared norm of all parameters (L2 regularisation, which Adam does not decouple).
LossTerm weight_l2();

}  // namespace mazescan::trainer
