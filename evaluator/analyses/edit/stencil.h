#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "envs/environment.h"
#include "envs/maze_state.h"
#include "evaluator/rollout/agent.h"
#include "evaluator/rollout/target_map.h"
#include "policy/edits.h"

namespace mazescan::edit {

// An edit as a function of its target: what becomes of the activations at each offset from it.
struct Stencil {
  bool adds = false;     // or sets
  torch::Tensor mask;    // bool, offsets: which activations are edited
  torch::Tensor values;  // [phases, offsets]
};

// For episodes on levels[e] with targets[e].
rollout::EditRule edit_rule(const rollout::TargetMap& map, const Stencil& stencil,
                            const std::vector<rollout::MapCell>& targets);

// The offsets of greatest importance (> 0, [offsets]), as many as keep max_on_map within `allowed`.
torch::Tensor most_important(const rollout::TargetMap& map, const torch::Tensor& importance, int64_t allowed);

}  // namespace mazescan::edit
