#include "evaluator/analyses/edit/learned_mask.h"

#include <torch/autograd.h>
#include <torch/optim/adam.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "evaluator/analyses/edit/gate.h"
#include "policy/action_distribution.h"

namespace mazescan::edit {

namespace {

constexpr int kSnapshots = 2;    // snapshots of the values
constexpr int kFirstLonger = 2;  // factor of the first allowance's steps, whose start is far from its optimum
constexpr double kGateRate = 0.2, kMultiplierRate = 0.2;
constexpr double kValueRate = 0.05;  // times the root mean square of the activations

int value_steps(int gate_steps) {
  return std::max(gate_steps / 2, 1);
}

// Learns the gates and values of one layer.
class MaskLearner {
 public:
  MaskLearner(const EditSearch& search, size_t layer)
      : search_(search),
        gate_(gate_kind(search.config.gate)),
        layer_(search.layers[layer]),
        states_(search_states(search.cases, true)),
        random_(search.seed, fmt::format("edit/mask/{}/{}", layer, search.cases.levels.front().size)),
        importance_(std::get<0>(layer_.activations.difference.abs().max(0))),
        values_(layer_.activations.with.clone().requires_grad_()),
        on_map_(torch::zeros({importance_.size(1), importance_.size(2)})),
        scale_(std::max(layer_.activations.with.square().mean().sqrt().item<double>(), 1e-3)) {
    for (const rollout::MapCell& target : layer_.targets) layer_.map.on_map(on_map_, target) += 1;
    on_map_ /= static_cast<double>(layer_.targets.size());
  }

  // Initialises the gates by the importance of their activations.
  void start(int64_t allowed) {
    const torch::Tensor order = std::get<1>(importance_.flatten().sort(true, 0, true));
    const auto wanted =
        std::max<int64_t>(most_important(layer_.map, importance_, allowed).sum().item<int64_t>(), 1);
    torch::Tensor openness = torch::empty(importance_.numel());
    openness.index_put_(
        {order}, 2 - 2 * torch::arange(importance_.numel(), torch::kFloat32) / static_cast<double>(wanted));
    gates_ = gate_.scores(openness.clamp(-2, 2).view(importance_.sizes())).contiguous().requires_grad_();
  }

  // Learns gates and values, then only the values behind the most probable gates. Returns snapshots of the
  // second phase.
  std::vector<rollout::Stencil> learn(int64_t allowed, int steps) {
    learn_gates(allowed, steps);
    // The order of the gates that are on the map for some target.
    const torch::Tensor openness = gate_.order(gates_.detach()) * (on_map_ > 0);
    const torch::Tensor kept = values_.detach().clone();
    std::vector<rollout::Stencil> found =
        learn_values(most_important(layer_.map, openness, allowed), value_steps(steps));
    torch::NoGradGuard no_grad;
    values_.copy_(kept);  // the next, smaller allowance continues from the soft gates
    return found;
  }

 private:
  // Learns soft gates, drawn at every step, and their values.
  void learn_gates(int64_t allowed, int steps) {
    torch::optim::Adam values({values_}, torch::optim::AdamOptions(kValueRate * scale_));
    torch::optim::Adam gates({gates_}, torch::optim::AdamOptions(kGateRate));
    double multiplier = 0;
    for (int step = 0; step < steps; ++step) {
      const torch::Tensor excess = (gate_.is_open(gates_) * on_map_).sum() / static_cast<double>(allowed) - 1;
      multiplier = std::max(0.0, multiplier + kMultiplierRate * excess.item<double>());
      const torch::Tensor loss = wrongness(drawn_gates()) + multiplier * excess;
      // Not backward(): the gradients of the network's parameters are not needed.
      const auto gradients = torch::autograd::grad({loss}, {values_, gates_});
      values_.mutable_grad() = gradients[0];
      gates_.mutable_grad() = gradients[1];
      values.step();
      gates.step();
    }
  }

  // Learns the values behind fixed gates. Returns kSnapshots snapshots, the last one at the end.
  std::vector<rollout::Stencil> learn_values(const torch::Tensor& mask, int steps) {
    const torch::Tensor open = mask.to(torch::kFloat32);
    torch::optim::Adam values({values_}, torch::optim::AdamOptions(kValueRate * scale_));
    std::vector<rollout::Stencil> snapshots;
    for (int step = 0; step < steps; ++step) {
      const auto gradients = torch::autograd::grad({wrongness(open)}, {values_});
      values_.mutable_grad() = gradients[0];
      values.step();
      if ((step + 1) * kSnapshots / steps > step * kSnapshots / steps)
        snapshots.push_back({false, mask, values_.detach().clone()});
    }
    return snapshots;
  }

  torch::Tensor drawn_gates() {
    torch::Tensor uniform = torch::empty(importance_.sizes());
    auto* out = uniform.data_ptr<float>();
    for (int64_t i = 0; i < uniform.numel(); ++i) out[i] = 1e-6F + (1 - 2e-6F) * random_.uniform();
    return gate_.sample(gates_, uniform);
  }

  // Computes the loss: -log P(the move towards the target), over a random batch of states.
  torch::Tensor wrongness(const torch::Tensor& gates) {
    std::vector<envs::MazeState> batch;
    std::vector<rollout::MapCell> targets;
    const int actions = search_.agent.actions();
    torch::Tensor right = torch::zeros({kMaskBatch, actions}, torch::kBool);
    auto is_right = right.accessor<bool, 2>();
    for (int i = 0; i < kMaskBatch; ++i) {
      const auto state = static_cast<size_t>(random_.below(static_cast<uint32_t>(states_.states.size())));
      targets.push_back(layer_.targets[static_cast<size_t>(states_.cases[state])]);
      batch.push_back(states_.states[state]);
      for (int action = 0; action < actions; ++action)
        is_right[i][action] = search_.agent.move(action) == states_.moves[state];
    }
    const policy::Network& network = search_.trained.policy.network;
    const auto device = network.parameters().device();
    const torch::Tensor amounts = layer_.map.on_maps(gates.unsqueeze(0), targets).to(device),
                        aims = layer_.map.on_maps(values_, targets).to(device);
    const policy::Network::Output output = network.forward(
        search_.agent.observe(batch).to(device), [&](const std::string& tap, const torch::Tensor& x) {
          return tap == layer_.map.tap() ? x + amounts * (aims - x) : x;
        });
    const policy::ActionDistribution distribution(output.logits);
    const torch::Tensor& logs = distribution.log_probabilities();
    const torch::Tensor wrong = torch::full({}, -std::numeric_limits<float>::infinity(), logs.options());
    return -torch::where(right.to(device), logs, wrong).logsumexp(1).mean();
  }

  const EditSearch& search_;
  const GateKind& gate_;
  const EditedLayer& layer_;
  const SearchStates states_;
  RandomStream random_;
  const torch::Tensor importance_;
  torch::Tensor values_, gates_;  // gates_: their scores
  torch::Tensor on_map_;          // for each offset: the share of targets for which it is on the map
  const double scale_;
};

}  // namespace

std::vector<FoundEdit> learned_masks(const EditSearch& search, const std::vector<int64_t>& allowed) {
  std::vector<FoundEdit> found;
  // Learns masks in every layer: the best layer depends on the allowance and is not known in advance.
  for (size_t layer = 0; layer < search.layers.size(); ++layer) {
    const rollout::TargetMap& map = search.layers[layer].map;
    MaskLearner learner(search, layer);
    learner.start(allowed.back());
    bool first = true;
    for (size_t i = allowed.size(); i-- > 0;) {
      if (allowed[i] == 0) continue;
      const int steps = (std::exchange(first, false) ? kFirstLonger : 1) * search.config.mask_steps;
      for (rollout::Stencil& stencil : learner.learn(allowed[i], steps)) {
        FoundEdit edit;
        edit.layer = layer;
        edit.stencil = std::move(stencil);
        edit.activations = map.max_on_map(edit.stencil.mask);
        std::vector<int64_t> channels;
        for (int64_t channel = 0; channel < map.channels(); ++channel)
          if (edit.stencil.mask[channel].any().item<bool>()) channels.push_back(channel);
        edit.what.text = fmt::format("{} learned activations in {} channels of {}", edit.activations,
                                     channels.size(), map.tap());
        edit.what.channels = std::move(channels);
        found.push_back(std::move(edit));
      }
    }
  }
  return found;
}

int64_t mask_gradient_steps(const EditConfig& config, int64_t allowances) {
  const int steps = config.mask_steps, first = kFirstLonger * steps;
  const int64_t of_layer = first + value_steps(first) + (allowances - 1) * (steps + value_steps(steps));
  return static_cast<int64_t>(config.layers.size()) * of_layer;
}

}  // namespace mazescan::edit
