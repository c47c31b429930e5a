#include "evaluator/rollout/stencil.h"

#include <torch/types.h>

#include <map>
#include <tuple>

namespace mazescan::rollout {

EditRule edit_rule(const TargetMap& map, const Stencil& stencil, const std::vector<MapCell>& targets) {
  // One item for each distinct target place, and the item of each episode.
  std::map<std::tuple<int64_t, int64_t, int64_t>, int64_t> places;
  std::vector<torch::Tensor> masks, values;
  std::vector<int64_t> place_of;
  for (const MapCell& target : targets) {
    const auto [place, is_new] = places.emplace(std::tuple(target.row, target.column, target.phase),
                                                static_cast<int64_t>(places.size()));
    place_of.push_back(place->second);
    if (!is_new) continue;
    masks.push_back(map.on_map(stencil.mask, target));
    values.push_back(map.on_map(stencil.values[target.phase], target));
  }
  const torch::Tensor all_masks = torch::stack(masks);
  const torch::Tensor all_values = stencil.adds ? torch::stack(values) * all_masks : torch::stack(values);
  return [tap = map.tap(), adds = stencil.adds, all_masks, all_values, place_of](
             const std::vector<envs::MazeState>&,
             const std::vector<int>& episodes) -> std::vector<policy::Edit> {
    std::vector<int64_t> items;
    items.reserve(episodes.size());
    for (const int episode : episodes) items.push_back(place_of[static_cast<size_t>(episode)]);
    const torch::Tensor index = torch::tensor(items, torch::kInt64);
    const torch::Tensor chosen = all_values.index_select(0, index);
    if (adds) return {{tap, policy::AddVector{chosen, 1}}};
    return {{tap, policy::SetActivations{all_masks.index_select(0, index), chosen}}};
  };
}

torch::Tensor most_important(const TargetMap& map, const torch::Tensor& importance, int64_t allowed) {
  const torch::Tensor flat = importance.flatten();
  const torch::Tensor order = std::get<1>(flat.sort(/*stable=*/true, /*dim=*/0, /*descending=*/true));
  const auto with = [&](int64_t count) {
    torch::Tensor mask = torch::zeros_like(flat, torch::kBool);
    return mask.index_fill_(0, order.narrow(0, 0, count), true).view(importance.sizes());
  };
  int64_t low = 0, high = (flat > 0).sum().item<int64_t>();
  while (low < high) {
    const int64_t middle = (low + high + 1) / 2;
    if (map.max_on_map(with(middle)) <= allowed) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return with(low);
}

}  // namespace mazescan::rollout
