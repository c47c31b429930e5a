#include "trainer/offline_terms.h"

#include <torch/types.h>

#include "policy/decision_transformer.h"

namespace mazescan::trainer {

namespace {

constexpr const char* kBehaviour = "fc_behaviour";
constexpr const char* kReturn = "fc_return";
constexpr const char* kActions = "fc_actions";

// Returns one value of each row. Shapes: rows [B, N], columns [B] int64; returns [B].
torch::Tensor of_columns(const torch::Tensor& rows, const torch::Tensor& columns) {
  return rows.gather(1, columns.unsqueeze(1)).squeeze(1);
}

// Returns the value of the recorded action in each row. Shapes: rows [B, A]; returns [B].
torch::Tensor of_recorded_action(const torch::Tensor& rows, const ForwardPass& pass) {
  return of_columns(rows, pass.batch().actions);
}

// Returns the logits of the actions for the recorded return. Shapes: [B, A].
torch::Tensor for_recorded_return(const ForwardPass& pass) {
  const torch::Tensor bins = policy::return_bin(pass.batch().returns);
  const int64_t samples = bins.size(0), actions = pass.output().logits.size(1);
  return pass.tap(kActions)
      .view({samples, policy::kReturnBins, actions})
      .gather(1, bins.view({samples, 1, 1}).expand({samples, 1, actions}))
      .squeeze(1);
}

}  // namespace

LossTerm imitation(OfflineLearner learner) {
  LossTerm term;
  term.name = "imitation";
  term.help = "negative log-likelihood of the recorded action (offline: all but cql)";
  term.default_coefficient = {1, 1};
  term.always_measured = true;
  if (learner == OfflineLearner::bcq) {
    term.taps = {kBehaviour};
    term.of_samples = [](const ForwardPass& pass, const std::vector<double>&) {
      return -of_recorded_action(torch::log_softmax(pass.tap(kBehaviour), 1), pass);
    };
  } else if (learner == OfflineLearner::decision_transformer) {
    term.taps = {kActions};
    term.of_samples = [](const ForwardPass& pass, const std::vector<double>&) {
      return -of_recorded_action(torch::log_softmax(for_recorded_return(pass), 1), pass);
    };
  } else {
    term.of_samples = [](const ForwardPass& pass, const std::vector<double>&) {
      return -pass.distribution().log_prob(pass.batch().actions);
    };
  }
  return term;
}

LossTerm q_error(OfflineLearner learner) {
  LossTerm term;
  term.name = "q_error";
  term.help = "half the squared error of Q, with bcq linear beyond 1 (offline: bcq, cql)";
  term.default_coefficient = {1, 1};
  term.always_measured = true;
  term.taps = {kQLayer};
  term.of_samples = [huber = learner == OfflineLearner::bcq](const ForwardPass& pass,
                                                             const std::vector<double>&) {
    const torch::Tensor error = of_recorded_action(pass.tap(kQLayer), pass) - pass.batch().returns;
    const torch::Tensor half_square = 0.5 * error.square();
    return huber ? torch::where(error.abs() < 1, half_square, error.abs() - 0.5) : half_square;
  };
  return term;
}

LossTerm behaviour_l2() {
  LossTerm term;
  term.name = "behaviour_l2";
  term.help = "mean square of the behaviour's logits (offline: bcq)";
  term.default_coefficient = {0.01, 0.01};
  term.taps = {kBehaviour};
  term.of_samples = [](const ForwardPass& pass, const std::vector<double>&) {
    return pass.tap(kBehaviour).square().mean(1);
  };
  return term;
}

LossTerm conservative() {
  LossTerm term;
  term.name = "conservative";
  term.help = "log sum exp of Q minus the recorded action's Q: alpha of CQL (offline: cql)";
  term.default_coefficient = {1, 1};
  term.taps = {kQLayer};
  term.of_samples = [](const ForwardPass& pass, const std::vector<double>&) {
    const torch::Tensor q = pass.tap(kQLayer);
    return torch::logsumexp(q, 1) - of_recorded_action(q, pass);
  };
  return term;
}

LossTerm return_prediction() {
  LossTerm term;
  term.name = "return_prediction";
  term.help = "negative log-likelihood of the recorded return (offline: decision_transformer)";
  term.default_coefficient = {1, 1};
  term.always_measured = true;
  term.taps = {kReturn};
  term.of_samples = [](const ForwardPass& pass, const std::vector<double>&) {
    return -of_columns(torch::log_softmax(pass.tap(kReturn), 1), policy::return_bin(pass.batch().returns));
  };
  return term;
}

std::vector<LossTerm> offline_terms(OfflineLearner learner) {
  switch (learner) {
    case OfflineLearner::bcq:
      return {imitation(learner), q_error(learner), behaviour_l2()};
    case OfflineLearner::cql:
      return {q_error(learner), conservative()};
    case OfflineLearner::decision_transformer:
      return {imitation(learner), return_prediction()};
    default:
      return {imitation(learner)};
  }
}

std::vector<LossTerm> all_offline_terms() {
  std::vector<LossTerm> terms = offline_terms(OfflineLearner::bcq);
  terms.push_back(conservative());
  terms.push_back(return_prediction());
  return terms;
}

torch::Tensor q_targets(const torch::Tensor& rewards, const torch::Tensor& terminated,
                        const torch::Tensor& choices, const torch::Tensor& next_q, double gamma) {
  return rewards + gamma * of_columns(next_q, choices).masked_fill(terminated, 0);
}

}  // namespace mazescan::trainer
