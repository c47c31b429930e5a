#pragma once
#include <vector>

#include "envs/maze_state.h"
#include "evaluator/analyses/sparsity/schema.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::sparsity {

// Returns whether the layer is a map on which the cheese has a place: [channels, rows, columns], before
// embedder.fc, of a policy that observes the whole world.
bool shows_cheese(const policies::TrainedPolicy& trained, const policy::LayerSpec& layer);

// How well each channel of some layers locates the cheese.
struct LocatedCheese {
  int64_t states = 0;
  std::vector<ChannelRow> channels;  // of each layer that shows the cheese
};
// Computes means over states on the paths from the start to the cheese, at most kChannelStates of them, evenly
// spaced. moved: in comparison with the same states without cheese.
inline constexpr size_t kChannelStates = 256;
LocatedCheese locate_cheese(const policies::TrainedPolicy& trained,
                            const std::vector<envs::MazeLevel>& levels,
                            const std::vector<policy::LayerSpec>& layers);

}  // namespace mazescan::sparsity
