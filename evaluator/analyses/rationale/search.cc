#include "evaluator/analyses/rationale/search.h"

#include <torch/autograd.h>
#include <torch/optim/adam.h>
#include <torch/utils.h>

#include <algorithm>
#include <utility>

#include "policy/action_distribution.h"

namespace mazescan::rationale {

namespace {

constexpr double kLearningRate = 0.003;
// Adam forgets the size of old gradients soon: the first are far larger than the last.
constexpr double kFirstMoment = 0.9, kSecondMoment = 0.98;
constexpr int kFirstLonger = 2;  // factor of the first rate's steps
// The multiplier moves faster than the source's, which needs thousands of steps. So fast it would oscillate;
// a penalty of the excess itself damps it (an augmented Lagrangian).
constexpr double kMultiplierStart = 0.1, kMultiplierSpeed = 0.5, kMultiplierLeast = 1e-12,
                 kMultiplierMost = 500, kPenalty = 100;
constexpr int kMeasuredShare = 10;  // the last tenth of the steps

torch::Tensor drawn_uniform(const torch::Tensor& like, RandomStream& random) {
  torch::Tensor uniform = torch::empty(like.sizes());
  auto* out = uniform.data_ptr<float>();
  for (int64_t i = 0; i < uniform.numel(); ++i) out[i] = 1e-3F + (1 - 2e-3F) * random.uniform();
  return uniform.to(like.device());
}

}  // namespace

torch::Tensor divergence(const torch::Tensor& whole, const torch::Tensor& seen) {
  const policy::ActionDistribution of_whole(whole), of_seen(seen);
  return (of_whole.probabilities() * (of_whole.log_probabilities() - of_seen.log_probabilities())).sum(1);
}

RationaleSearch::RationaleSearch(const policies::TrainedPolicy& trained, const rollout::NetworkAgent& agent,
                                 const StatePool& pool, RandomStream random)
    : network_(trained.policy.network),
      agent_(agent),
      pool_(pool),
      window_(pool.levels().front()),
      random_(random),
      generator_(window_.size(), network_.parameters().device(), random_),
      multiplier_{kMultiplierStart, kMultiplierSpeed, kMultiplierLeast, kMultiplierMost} {}

double RationaleSearch::train(double target, int steps) {
  if (!std::exchange(started_, true)) steps *= kFirstLonger;
  torch::optim::Adam adam(generator_.parameters(),
                          torch::optim::AdamOptions(kLearningRate).betas({kFirstMoment, kSecondMoment}));
  const int measured = std::max(steps / kMeasuredShare, 1);
  double rate_sum = 0;
  for (int step = 0; step < steps; ++step) {
    std::vector<envs::MazeState> states, others;
    for (int i = 0; i < kSearchBatch; ++i) {
      states.push_back(pool_.draw(random_));
      others.push_back(pool_.draw(random_, states.back().level));
    }
    const MaskedStates batch(agent_, network_, states, others);
    torch::Tensor whole;
    {
      torch::NoGradGuard no_grad;
      whole = network_.forward_preprocessed(batch.planes).logits;
    }
    const analyses::HardKuma gates = generator_.gates(window_.of(batch.planes));
    const torch::Tensor rate = gates.is_open().mean();
    const torch::Tensor mask = gates.sample(drawn_uniform(window_.of(batch.planes).select(1, 0), random_));
    const torch::Tensor seen = network_.forward_preprocessed(batch.seen(mask, window_)).logits;
    const double excess = rate.item<double>() - target;
    multiplier_.update(excess);
    const double price = std::max(multiplier_.value + kPenalty * excess, 0.0);
    const torch::Tensor loss = divergence(whole, seen).mean() + price * (rate - target);
    // Not backward(): the gradients of the policy's parameters are not needed.
    const auto gradients = torch::autograd::grad({loss}, generator_.parameters());
    for (size_t i = 0; i < gradients.size(); ++i) generator_.parameters()[i].mutable_grad() = gradients[i];
    adam.step();
    if (step >= steps - measured) rate_sum += excess + target;
  }
  return rate_sum / measured;
}

torch::Tensor RationaleSearch::likeliest_gates(const MaskedStates& states) const {
  torch::NoGradGuard no_grad;
  return generator_.gates(window_.of(states.planes)).likeliest();
}

int64_t gradient_steps(int64_t rates, int64_t steps) {
  return (rates + kFirstLonger - 1) * steps;
}

}  // namespace mazescan::rationale
