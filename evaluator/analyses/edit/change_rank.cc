#include "evaluator/analyses/edit/change_rank.h"

#include <torch/types.h>

#include "evaluator/rollout/activations.h"

namespace mazescan::edit {

int64_t rank_of(const torch::Tensor& change) {
  const torch::Tensor flat = change.flatten(1), changed = flat.ne(0).any(0).nonzero().flatten();
  const torch::Tensor rows = flat.index_select(1, changed).to(torch::kFloat64);
  // The squared singular values, the largest first. Rounding makes some slightly negative.
  const torch::Tensor squares =
      torch::linalg_eigvalsh(rows.matmul(rows.t())).flip(0).clamp_min(0).cumsum(0).contiguous();
  const double all = squares.numel() > 0 ? squares[-1].item<double>() : 0;
  int64_t rank = 0;
  while (all > 0 && rank < squares.numel() &&
         (rank == 0 || squares.data_ptr<double>()[rank - 1] < kRankShare * all))
    ++rank;
  return rank;
}

ChangeFacts change_facts(const EditSearch& search, const FoundEdit& edit) {
  const EditedLayer& layer = search.layers[edit.layer];
  const SearchStates states = thinned(search_states(search.cases, true), kRankStates);
  const torch::Tensor plain =
      rollout::tap_outputs(search.trained.policy.network, search.agent, states.states, layer.map.tap());
  std::vector<rollout::MapCell> targets;
  for (const int each : states.cases) targets.push_back(layer.targets[static_cast<size_t>(each)]);
  const torch::Tensor mask = layer.map.on_maps(edit.stencil.mask.to(torch::kFloat32).unsqueeze(0), targets),
                      values = layer.map.on_maps(edit.stencil.values, targets);
  return {rank_of(mask * (edit.stencil.adds ? values : values - plain)),
          static_cast<int64_t>(states.states.size())};
}

}  // namespace mazescan::edit
