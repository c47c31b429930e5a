#pragma once
#include <torch/types.h>

#include <cstdint>
#include <string>
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

// A direction along which the two sides of a pair have opposite, confident outputs.
struct CcsDirection {
  torch::Tensor weight;        // float32 [features], for normalised activations
  std::vector<double> losses;  // one per restart; the direction is from the restart with the smallest
  double loss = 0;
};

// Minimises the mean of (p(a) - (1 - p(b)))^2 + min(p(a), p(b))^2, where p is the logistic function of a
// direction and an offset.
// Shapes: a, b: float32 [pairs, features], the two sides, each normalised by its own means and deviations.
CcsDirection fit_ccs(const torch::Tensor& a, const torch::Tensor& b, const CcsOptions& options);

// Pairs of a state and its mirror image (left and right swapped).
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

// Finds a direction on the train pairs, where its sign is chosen too, and counts the test pairs whose sides
// it predicts correctly.
// Shapes: a, b: activations of the pairs' two sides, [pairs, features].
CcsRow score_ccs(const MirroredPairs& pairs, const torch::Tensor& a, const torch::Tensor& b,
                 const CcsOptions& options);

}  // namespace mazescan::probe
