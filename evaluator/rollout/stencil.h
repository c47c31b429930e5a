#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "envs/environment.h"
#include "envs/maze_state.h"
#include "evaluator/rollout/agent.h"
#include "evaluator/rollout/target_map.h"
#include "policy/edits.h"

namespace mazescan::rollout {

// An edit relative to its target: the change of the activations at each offset from the target.
struct Stencil {
  bool adds = false;     // true: values are added; false: they are set
  torch::Tensor mask;    // bool [offsets]: which activations are edited
  torch::Tensor values;  // [phases, offsets]
};

// Returns the rule that applies the stencil at targets[e] in episode e.
EditRule edit_rule(const TargetMap& map, const Stencil& stencil, const std::vector<MapCell>& targets);

// Returns the mask, bool [offsets], of the offsets of greatest importance, as many as keep max_on_map within
// `allowed`. importance: [offsets]; only values above 0 count.
torch::Tensor most_important(const TargetMap& map, const torch::Tensor& importance, int64_t allowed);

}  // namespace mazescan::rollout
