#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/config.h"

namespace mazescan::trainer {

// What is learned from recorded episodes.
enum class OfflineLearner {
  clone,                // the recorded actions
  best_clone,           // those of the best tenth of the episodes
  bcq,                  // Q, over actions that the data has: discrete BCQ
  cql,                  // Q, kept low on actions that the data does not have: discrete CQL
  decision_transformer  // the recorded actions for each return, and the return
};
inline std::vector<std::string> config_names(OfflineLearner) {
  return {"clone", "best_clone", "bcq", "cql", "decision_transformer"};
}
inline std::string name_of(OfflineLearner learner) {
  return config_names(learner)[static_cast<size_t>(learner)];
}
inline bool learns_q(OfflineLearner learner) {
  return learner == OfflineLearner::bcq || learner == OfflineLearner::cql;
}
// Returns the value of network.head that the learner needs; "" if any will do.
inline std::string head_of(OfflineLearner learner) {
  return learner == OfflineLearner::cql                                         ? "q"
         : learns_q(learner) || learner == OfflineLearner::decision_transformer ? name_of(learner)
                                                                                : "";
}

// Section `train.offline`: learning from recorded episodes, without acting (docs/training.md).
struct OfflineConfig {
  std::string data;
  OfflineLearner learner = OfflineLearner::clone;
  int size = 0, update = 200;
  int64_t steps = 20'000;
  bool shuffle_returns = false;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit(
        "learner", learner,
        "clone: the recorded actions; best_clone: those of the best tenth of the episodes; bcq, cql: Q-learning; "
        "decision_transformer: the actions for each return");
    visit("data", data, "episodes.bin of another run, which mazescan-evaluator collect writes");
    visit("size", size, "only episodes on levels of this size; 0: all", between(0, 255));
    visit("steps", steps, "gradient steps in total, each on train.ppo.minibatch samples of the data",
          at_least(1));
    visit("update", update, "gradient steps of an update; the target network is the network at its beginning",
          between(1, 1000000));
    visit("shuffle_returns", shuffle_returns,
          "gives every step the return of another one: a control for decision_transformer");
  }
};

}  // namespace mazescan::trainer
