#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

#include "evaluator/analyses/edit/cases.h"
#include "evaluator/analyses/edit/stencil.h"

namespace mazescan::edit {

// States on the ways to targets, with what is right there.
struct SearchStates {
  std::vector<envs::MazeState> states;  // the cheese where it really lies
  std::vector<int> cases;               // of each state
  std::vector<envs::Move> moves;        // of each state: along the shortest path to the target
};
// The states of the shortest paths; with `everywhere`, of the mouse on every other cell from which the target
// can be reached without the cheese, too.
SearchStates search_states(const EditCases& cases, bool everywhere);
// At most so many, evenly taken.
SearchStates thinned(const SearchStates& states, size_t most);
// Of those over which activations are averaged: enough for means, and few enough for memory.
inline constexpr size_t kAveragedStates = 1024;

// What a layer holds with the cheese at the target, and what it holds otherwise; both around the target.
struct AlignedActivations {
  torch::Tensor with;        // [phases, offsets]: means with the cheese at the target
  torch::Tensor difference;  // [phases, offsets]: the same, minus means with it where it lies
};
// Means over the states of the paths. Where the cheese lies at the target anyway, the others are without.
AlignedActivations align_activations(const rollout::TargetMap& map, const rollout::NetworkAgent& agent,
                                     const policy::Network& network, const EditCases& cases,
                                     const std::vector<rollout::MapCell>& targets);

// The states with the cheese at their targets, and with it where it lies (or, if that is there, nowhere).
struct CheeseStates {
  std::vector<envs::MazeState> at_target, otherwise;
};
CheeseStates cheese_states(const EditCases& cases, const SearchStates& states);

}  // namespace mazescan::edit
