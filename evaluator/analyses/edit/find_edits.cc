#include "evaluator/analyses/edit/find_edits.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "evaluator/analyses/edit/learned_mask.h"
#include "evaluator/rollout/walk.h"
#include "statistics/statistics.h"

namespace mazescan::edit {

namespace {

// Returns the sizes of channel sets: 1, 2, 4, ... and all.
std::vector<size_t> set_sizes(size_t channels) {
  std::vector<size_t> sizes;
  for (size_t size = 1; size < channels; size *= 2) sizes.push_back(size);
  sizes.push_back(channels);
  return sizes;
}

std::vector<FoundEdit> clamps(const EditSearch& search) {
  std::vector<FoundEdit> found;
  for (size_t l = 0; l < search.layers.size(); ++l) {
    const EditedLayer& layer = search.layers[l];
    std::vector<int> ranked = search.config.channels;
    if (ranked.empty())
      for (const ChannelScore& score : layer.channels) ranked.push_back(score.channel);
    const int64_t row = layer.map.height() - 1, column = layer.map.width() - 1;  // the target's own offset
    for (const size_t count : set_sizes(ranked.size())) {
      const std::vector<int64_t> set(ranked.begin(), ranked.begin() + static_cast<int64_t>(count));
      const torch::Tensor channels = torch::tensor(set, torch::kInt64);
      for (const bool elsewhere : {false, true}) {
        torch::Tensor mask = torch::zeros(layer.map.offsets(), torch::kBool);
        if (elsewhere) {
          mask.index_fill_(0, channels, true);
        } else {
          mask.select(1, row).select(1, column).index_fill_(0, channels, true);
        }
        const int64_t activations = layer.map.max_on_map(mask);
        for (const double magnitude : search.config.magnitudes) {
          torch::Tensor values = torch::zeros_like(layer.activations.with);
          values.select(2, row).select(2, column).copy_(
              magnitude * layer.activations.with.select(2, row).select(2, column));
          FoundEdit edit{l, {false, mask, values}, activations, {}, 0};
          edit.what.text = fmt::format("{} channel{} of {} x {:g}{}", count, count == 1 ? "" : "s",
                                       layer.map.tap(), magnitude, elsewhere ? ", zero elsewhere" : "");
          edit.what.channels = set;
          edit.what.magnitude = magnitude;
          edit.what.elsewhere = elsewhere;
          found.push_back(std::move(edit));
        }
      }
    }
  }
  return found;
}

std::vector<FoundEdit> vectors(const EditSearch& search, const std::vector<int64_t>& allowed) {
  std::vector<FoundEdit> found;
  for (size_t l = 0; l < search.layers.size(); ++l) {
    const EditedLayer& layer = search.layers[l];
    const torch::Tensor& difference = layer.activations.difference;
    const torch::Tensor importance = std::get<0>(difference.abs().max(0));
    for (const int64_t most : allowed) {
      const torch::Tensor mask = most_important(layer.map, importance, most);
      const int64_t activations = layer.map.max_on_map(mask);
      for (const double magnitude : search.config.magnitudes) {
        FoundEdit edit{l, {true, mask, magnitude * difference}, activations, {}, 0};
        edit.what.text =
            fmt::format("{:g} x the difference with and without the cheese there, the {} largest of {}",
                        magnitude, activations, layer.map.tap());
        edit.what.magnitude = magnitude;
        found.push_back(std::move(edit));
      }
    }
  }
  return found;
}

}  // namespace

std::vector<FoundEdit> candidate_edits(const EditSearch& search, const std::string& family,
                                       const std::vector<int64_t>& allowed) {
  std::vector<FoundEdit> candidates = family == kClampFamily    ? clamps(search)
                                      : family == kVectorFamily ? vectors(search, allowed)
                                                                : learned_masks(search, allowed);
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                  [&](const FoundEdit& edit) {
                                    return edit.activations == 0 || edit.activations > allowed.back();
                                  }),
                   candidates.end());
  for (FoundEdit& candidate : candidates) candidate.choosing = choosing_score(search, candidate);
  return candidates;
}

FoundEdit best_edit(const std::vector<FoundEdit>& candidates, int64_t allowed) {
  FoundEdit best;
  for (const FoundEdit& candidate : candidates)
    if (candidate.activations <= allowed && (best.activations == 0 || candidate.choosing > best.choosing))
      best = candidate;
  return best;
}

}  // namespace mazescan::edit
