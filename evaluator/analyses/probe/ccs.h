#pragma once
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "evaluator/analyses/probe/samples.h"
#include "evaluator/analyses/probe/schema.h"
#include "evaluator/rollout/agent.h"
#include "policy/network.h"

// An unsupervised probe: contrast-consistent search on pairs of mirrored mazes.
// Source: Burns et al., "Discovering latent knowledge in language models without supervision", 2022.
namespace mazescan::probe {

struct CcsOptions {
  int restarts = 8;
  int steps = 300;
  uint64_t seed = 1;
};

// Directions along which the two sides of a pair have opposite, confident outputs.
struct CcsDirections {
  torch::Tensor weights;       // float32 [features, restarts], for normalised activations
  std::vector<double> losses;  // one per restart
  int64_t best = 0;            // the restart with the smallest loss
};

// Minimises the mean of (p(a) - (1 - p(b)))^2 + min(p(a), p(b))^2, where p is the logistic function of a
// direction and an offset. Adam takes full-batch steps with decoupled weight decay, as AdamW does in the
// original; rate and number of steps are ours.
// Shapes: a, b: float32 [pairs, features], the two sides, each normalised by its own means and deviations.
CcsDirections fit_ccs(const torch::Tensor& a, const torch::Tensor& b, const CcsOptions& options);

// Pairs of a state and its mirror image (left and right swapped), in an order that a coin decides: otherwise
// the normalisation of each side would remove the label where nearly all cheeses are on one side.
struct MirroredPairs {
  std::vector<envs::MazeState> a, b;      // states point to the caller's levels and to `mirrored`
  std::vector<envs::MazeLevel> mirrored;  // one per pair
  std::vector<uint8_t> cheese_left;       // 1: the cheese is left of the middle in `a`, right in `b`
  std::vector<uint8_t> mouse_left;        // likewise for the mouse; empty if it is in the middle column
  std::vector<uint8_t> test;              // 1: the pair's level is in the test split; 0: in the train split
  int64_t count() const { return static_cast<int64_t>(a.size()); }
};
// Draws at most `count` pairs from the training split and half as many from the test split, one per level,
// never with the cheese in the middle column. mouse_in_middle: the mouse is on a free cell of the middle
// column, else on any other free cell. levels: the samples' levels in the policy's world; they must outlive
// the pairs.
MirroredPairs mirrored_pairs(const ProbeSamples& samples, const std::vector<envs::MazeLevel>& levels,
                             int64_t count, bool mouse_in_middle, uint64_t seed);

// Normalises each side by its own means and deviations over the train pairs.
// Shapes: a, b: activations of the pairs' two sides, [pairs, features]; returns both, normalised.
std::pair<torch::Tensor, torch::Tensor> normalised_sides(const MirroredPairs& pairs, const torch::Tensor& a,
                                                         const torch::Tensor& b);

// Finds directions on the train pairs, where their signs are chosen too, and counts the test pairs whose
// sides they predict correctly: by the search, and on the same normalised differences by the first principal
// component, by 2-means and at random. Source of these comparisons: Farquhar et al., "Challenges with
// unsupervised LLM knowledge discovery", 2023.
// Shapes: a, b: activations of the pairs' two sides, [pairs, features].
CcsRow score_ccs(const MirroredPairs& pairs, const torch::Tensor& a, const torch::Tensor& b,
                 const CcsOptions& options);

}  // namespace mazescan::probe
