#pragma once
#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "evaluator/analyses/probe/linear_probe.h"
#include "evaluator/analyses/probe/samples.h"
#include "evaluator/analyses/probe/schema.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/agent.h"

// Does the policy use what a linear probe reads? Interchange interventions along the read-out.
// Source: Geiger et al., "Causal abstractions of neural networks", 2021.
namespace mazescan::probe {

// The cheese changes the policy if the total variation between the two policies is greater.
inline constexpr double kChangesPolicy = 0.2;

// Pairs of a state and the same state with the cheese elsewhere, where that changes the policy.
struct CheesePairs {
  std::vector<envs::MazeState> here, elsewhere;  // states point to the caller's levels
  std::vector<int32_t> layout;                   // of each pair
  int64_t levels = 0;                            // levels from which pairs were drawn
  int64_t changed = 0;                           // levels whose first pair changes the policy
  int64_t count() const { return static_cast<int64_t>(here.size()); }
};
// Draws at most one pair from each level of the test split, and at most `count`: a recorded state, and
// another free cell for the cheese. levels: the samples' levels in the policy's world; they must outlive the
// pairs.
CheesePairs cheese_pairs(const ProbeSamples& samples, const std::vector<envs::MazeLevel>& levels,
                         const rollout::Agent& agent, int64_t count, uint64_t seed);

// Returns an orthonormal basis of the linear probe's weights for activations that are not standardised, each
// feature's weights centred over the classes. Directions with less than 1/1000 of the largest singular value
// are left out.
// Shapes: scale: float32 [features], of the standardised features; returns float64 [features, rank].
torch::Tensor read_out_basis(const LinearProbe& probe, const torch::Tensor& scale);

// Maps activations of a layer to the policy's probabilities of moves, for the states of the pairs.
// Shapes: [pairs, features] float32 to [pairs, moves] float64.
using PatchedPolicy = std::function<torch::Tensor(const torch::Tensor& activations)>;

// Replaces the part of `here` that lies in the basis by that of `elsewhere`, and compares the policy with
// that of the state with the cheese elsewhere. The same is done for random subspaces.
// Shapes: here, elsewhere: activations, float32 [pairs, features]; policy_here, policy_elsewhere: float64
// [pairs, moves]. Returns rows with total variations alone.
std::vector<InterchangePair> interchange(const torch::Tensor& basis, const torch::Tensor& here,
                                         const torch::Tensor& elsewhere, const torch::Tensor& policy_here,
                                         const torch::Tensor& policy_elsewhere, const PatchedPolicy& patched,
                                         uint64_t seed);

// Measures one layer of the network. basis: as read_out_basis returns it.
Interchange interchange_of_layer(const policies::TrainedPolicy& trained, const std::string& tap,
                                 const torch::Tensor& basis, const CheesePairs& pairs, uint64_t seed);

}  // namespace mazescan::probe
