#pragma once
#include <string>
#include <vector>

#include "core/config.h"

namespace mazescan::trainer {

// Section `train.penalties.activations`: what the loss term activation_l1 measures.
struct ActivationPenaltyConfig {
  std::vector<std::string> layers = {"embedder.relufc"};
  double zeros = 0, rate = 0.05;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("layers", layers, "layers whose mean absolute outputs are added");
    visit(
        "zeros", zeros,
        "share of zeros that each of these layers should reach: a factor of its penalty grows until it does, and "
        "falls beyond; 0: the factor is 1",
        between(0, 1));
    visit("rate", rate, "how fast the factors change: by exp(rate x difference) in an update",
          between(0, 10));
  }
};

// The classes of states whose elites differ.
enum class EliteClasses {
  moves,  // the policy's likeliest action
  ninths  // the ninth of the grid, 3 x 3, that holds the cheese
};
inline std::vector<std::string> config_names(EliteClasses) {
  return {"moves", "ninths"};
}
// How the elites of a class are chosen.
enum class EliteChoice {
  strongest,  // the channels with the largest sum over the states of the class
  random      // a control: as many channels, drawn once
};
inline std::vector<std::string> config_names(EliteChoice) {
  return {"strongest", "random"};
}

// Section `train.penalties.elites`: what the loss term elites measures.
struct ElitePenaltyConfig {
  std::string layer;
  int count = 3, updates = 50;
  EliteClasses classes = EliteClasses::moves;
  EliteChoice choice = EliteChoice::strongest;
  bool refresh = false;
  uint64_t seed = 0;  // of random elites; no key: that of the training
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("layer", layer, "layer whose channels are penalised; empty: the last map's activations");
    visit("count", count, "channels of each class without a penalty", at_least(1));
    visit("updates", updates, "updates whose states decide on the elites; they are not penalised",
          at_least(1));
    visit("refresh", refresh, "true: decide again after as many updates, on the mean of old and new sums");
    visit("classes", classes,
          "moves: the likeliest action; ninths: the ninth of the grid that holds the cheese");
    visit("choice", choice, "strongest channels, or random ones as a control");
  }
};

// The value whose gradient with respect to the input is penalised. pi: the probabilities of the actions.
enum class ExplainedValue {
  sum_log,  // the sum of log pi over the actions; its gradient vanishes at a uniform policy
  chosen,   // log pi of the action taken; with exact advantages of the likeliest action
  margin,   // log pi of the likeliest action minus that of the second
  value     // the value head
};
inline std::vector<std::string> config_names(ExplainedValue) {
  return {"sum_log", "chosen", "margin", "value"};
}

// Section `train.penalties.input`: what the loss terms input_l1 and corner_l2 measure.
struct InputPenaltyConfig {
  ExplainedValue of = ExplainedValue::sum_log;
  int region = 1;
  double share = 1;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit(
        "of", of,
        "value whose gradient is penalised: sum_log (log probabilities of all actions), chosen (of the action taken), "
        "margin (of the likeliest action less the second) or value");
    visit("region", region, "side of the top-right region of a maze that corner_l2 is about, in cells",
          at_least(1));
    visit("share", share, "share of the states of a minibatch whose gradients are penalised, evenly spaced",
          between(0.001, 1));
  }
};

// Section `train.penalties`: what the penalties among the loss terms measure. It matters only to terms whose
// coefficient (train.loss) is not 0.
struct PenaltyConfig {
  ActivationPenaltyConfig activations;
  ElitePenaltyConfig elites;
  InputPenaltyConfig input;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("activations", activations, "layers of activation_l1");
    visit("elites", elites, "classes and channels of elites");
    visit("input", input, "value and inputs of input_l1 and corner_l2");
  }
};

}  // namespace mazescan::trainer
