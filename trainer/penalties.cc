#include "trainer/penalties.h"

#include <torch/types.h>

namespace mazescan::trainer {

LossTerm activation_l1() {
  LossTerm term;
  term.name = "activation_l1";
  term.help = "mean absolute output of layer embedder.relufc";
  term.taps = {"embedder.relufc"};
  term.of_samples = [](const ForwardPass& pass) { return pass.tap("embedder.relufc").abs().mean(1); };
  return term;
}

LossTerm weight_l2() {
  LossTerm term;
  term.name = "weight_l2";
  term.help = "half the squared norm of all parameters";
  term.of_parameters = [](const torch::Tensor& parameters) { return 0.5 * parameters.square().sum(); };
  return term;
}

}  // namespace mazescan::trainer
