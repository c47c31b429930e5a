#include "policy/k_winners.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

namespace mazescan::policy {

namespace {

constexpr double kDutySamples = 1000;  // of the moving average of duty cycles, once so many were seen

// Returns the activations, [N, ...], in rows of those that compete: [..., n].
torch::Tensor in_rows(const torch::Tensor& activations, WinnerScope scope) {
  if (activations.dim() == 2 || scope == WinnerScope::map) return activations.flatten(1);
  return scope == WinnerScope::channel ? activations.flatten(2) : activations.movedim(1, -1);
}

// Returns the values of rows, [..., 1], in a shape that broadcasts to the activations.
torch::Tensor for_activations(const torch::Tensor& rows, WinnerScope scope, int64_t dimensions) {
  if (dimensions == 2) return rows;
  if (scope == WinnerScope::map) return rows.view({-1, 1, 1, 1});
  return scope == WinnerScope::channel ? rows.unsqueeze(-1) : rows.movedim(-1, 1);
}

// The state of a layer is the duty cycle of each unit, followed by the number of gradient steps.
class KWinners : public Operation {
 public:
  KWinners(WinnerScope scope, const KWinnersOptions& options) : scope_(scope), options_(options) {}

  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& state) const override {
    const torch::Tensor& x = inputs[0];
    const double steps = state.defined() ? state[-1].item<double>() : 0;
    const torch::Tensor ranks = boosted(x.detach().to(torch::kFloat32), state, steps);
    const torch::Tensor rows = in_rows(ranks, scope_);
    const int64_t count = rows.size(-1), winners = winners_of(count, steps);
    torch::Tensor out = x;
    if (winners < count) {
      const auto largest =
          std::get<0>(rows.topk(winners + 1, -1, /*largest=*/true, /*sorted=*/false)).amin(-1, true);
      out = torch::where(ranks > for_activations(largest, scope_, x.dim()), x, torch::zeros({}, x.options()));
    }
    return options_.rectify ? torch::relu(out) : out;
  }

  std::optional<TensorSpec> state(const Shape& output) const override {
    if (options_.boost == 0 && options_.anneal_updates == 0) return std::nullopt;
    return TensorSpec{"duty", {output[0] + 1}};
  }
  torch::Tensor sum_for_state(const torch::Tensor& output) const override {
    torch::Tensor active = (output > 0).to(torch::kFloat32).sum(0);
    if (active.dim() > 1) active = active.flatten(1).mean(1);
    return torch::cat({active, torch::zeros({1}, active.options())});
  }
  void update_state(torch::Tensor& state, const torch::Tensor& sums, int64_t samples) const override {
    const auto count = static_cast<double>(samples);
    const int64_t units = state.numel() - 1;
    const double seen = (state[units].item<double>() + 1) * count;
    const double newest = std::min(1.0, count / std::min(kDutySamples, seen));
    state.narrow(0, 0, units).mul_(1 - newest).add_(sums.narrow(0, 0, units), newest / count);
    state[units] += 1;
  }

 private:
  int64_t winners_of(int64_t count, double steps) const {
    const double annealed =
        options_.anneal_updates > 0 ? std::min(1.0, steps / options_.anneal_updates) : 1.0;
    const double fraction = 1 + (options_.fraction - 1) * annealed;
    return std::max<int64_t>(1, std::lround(fraction * static_cast<double>(count)));
  }

  torch::Tensor boosted(const torch::Tensor& x, const torch::Tensor& state, double steps) const {
    const double boost = options_.boost * std::pow(options_.boost_decay, steps);
    if (boost == 0) return x;
    const torch::Tensor duty = state.narrow(0, 0, state.numel() - 1);
    const torch::Tensor factors = (boost * (options_.fraction - duty)).exp();
    return x * (x.dim() == 2 ? factors : factors.view({-1, 1, 1}));
  }

  const WinnerScope scope_;
  const KWinnersOptions options_;
};

}  // namespace

std::shared_ptr<const Operation> k_winners(WinnerScope scope, const KWinnersOptions& options) {
  return std::make_shared<KWinners>(scope, options);
}

}  // namespace mazescan::policy
