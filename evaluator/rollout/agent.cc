#include "evaluator/rollout/agent.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "evaluator/rollout/pass_size.h"

namespace mazescan::rollout {

NetworkAgent::NetworkAgent(const policy::Network& network, const envs::EnvironmentConfig& environment,
                           EditRule rule)
    : network_(network),
      rule_(std::move(rule)),
      task_(make_task(environment)),
      shape_(task_->observation_shape()),
      actions_(environment.actions) {}

NetworkAgent::NetworkAgent(const policy::Network& network, const envs::EnvironmentConfig& environment,
                           policy::TapFunction tap)
    : network_(network),
      tap_(std::move(tap)),
      task_(make_task(environment)),
      shape_(task_->observation_shape()),
      actions_(environment.actions) {}

torch::Tensor NetworkAgent::observe(const std::vector<envs::MazeState>& states) const {
  const auto [channel, row, column] = shape_.strides();
  torch::Tensor observations = torch::empty_strided(
      {static_cast<int64_t>(states.size()), shape_.channels, shape_.height, shape_.width},
      {static_cast<int64_t>(shape_.bytes()), channel, row, column}, torch::kUInt8);
  auto* out = observations.data_ptr<uint8_t>();
  for (const envs::MazeState& state : states) {
    task_->observe(state, out);
    out += shape_.bytes();
  }
  return observations;
}

void NetworkAgent::evaluate(const std::vector<envs::MazeState>& states, const std::vector<int>& episodes,
                            float* logits, float* values) const {
  torch::NoGradGuard no_grad;
  const auto count = static_cast<int64_t>(states.size());
  const int64_t pass = states_of_a_pass(network_);
  for (int64_t begin = 0; begin < count; begin += pass) {
    const int64_t end = std::min(begin + pass, count);
    const std::vector<envs::MazeState> some(states.begin() + begin, states.begin() + end);
    policy::TapFunction edits = tap_;
    if (rule_)
      edits = policy::edited(network_, rule_(some, {episodes.begin() + begin, episodes.begin() + end}));
    const policy::Network::Output output =
        network_.forward(observe(some).to(network_.parameters().device()), edits);
    const torch::Tensor rows = output.logits.cpu().contiguous(), value = output.value.cpu().contiguous();
    std::memcpy(logits + begin * actions(), rows.data_ptr<float>(), rows.nbytes());
    std::memcpy(values + begin, value.data_ptr<float>(), value.nbytes());
  }
}

}  // namespace mazescan::rollout
