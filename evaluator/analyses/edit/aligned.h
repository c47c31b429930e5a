#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

#include "evaluator/analyses/edit/cases.h"
#include "evaluator/rollout/stencil.h"

namespace mazescan::edit {

// States on the paths to the targets, with the correct moves.
struct SearchStates {
  std::vector<envs::MazeState> states;  // the cheese at its real cell
  std::vector<int> cases;               // one per state: index of its case
  std::vector<envs::Move> moves;        // one per state: the move along the shortest path to the target
};
// Returns the states of the shortest paths; with `everywhere`, also the states with the mouse on every other
// cell from which it can reach the target without crossing the cheese.
SearchStates search_states(const EditCases& cases, bool everywhere);
// Returns at most `most` of the states, evenly spaced.
SearchStates thinned(const SearchStates& states, size_t most);
// Largest number of states over which activations are averaged: enough for means, few enough for memory.
inline constexpr size_t kAveragedStates = 1024;

// A layer's mean activations around the target, with the cheese there and otherwise. float32.
struct AlignedActivations {
  torch::Tensor with;        // [phases, offsets]: means with the cheese at the target
  torch::Tensor difference;  // [phases, offsets]: `with` minus the means with the cheese at its real cell
};
// Computes means over the states of the paths. If the cheese is already at the target, the comparison states
// have no cheese (kNoCell).
AlignedActivations align_activations(const rollout::TargetMap& map, const rollout::NetworkAgent& agent,
                                     const policy::Network& network, const EditCases& cases,
                                     const std::vector<rollout::MapCell>& targets);

// Pairs of states: the cheese at the target, and at its real cell (no cheese if that is the target).
struct CheeseStates {
  std::vector<envs::MazeState> at_target, otherwise;
};
CheeseStates cheese_states(const EditCases& cases, const SearchStates& states);

}  // namespace mazescan::edit
