#pragma once
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/analyses/probe/samples.h"
#include "evaluator/analyses/probe/schema.h"
#include "evaluator/rollout/agent.h"
#include "policy/network.h"

// An unsupervised probe: contrast-consistent search (Burns et al., "Discovering latent knowledge in language
// models without supervision", 2022) on pairs of mirrored mazes.
namespace mazescan::probe {

struct CcsOptions {
  int restarts = 8;
  int steps = 300;
  uint64_t seed = 1;
};

// A direction on which the two sides of a pair give opposite, confident answers.
struct CcsDirection {
  torch::Tensor weight;        // float32 [features], of normalised activations
  std::vector<double> losses;  // of all restarts; the direction is that of the smallest
  double loss = 0;
};

// a, b: float32 [pairs, features], the two sides, each normalised by its own means and deviations. Minimises
// the mean of (p(a) - (1 - p(b)))^2 + min(p(a), p(b))^2, p the logistic function of a direction and an
// offset.
CcsDirection fit_ccs(const torch::Tensor& a, const torch::Tensor& b, const CcsOptions& options);

// Pairs of a state and its mirror image (left and right swapped).
struct MirroredPairs {
  std::vector<envs::MazeState> a, b;      // states point to levels of the caller and to `mirrored`
  std::vector<envs::MazeLevel> mirrored;  // of each pair
  std::vector<uint8_t> cheese_left;       // in `a` the cheese lies left of the middle, in `b` right
  std::vector<uint8_t> mouse_left;        // the same of the mouse; empty where it stands in the middle column
  std::vector<uint8_t> test;              // the pair's level is of the test split, else of the training split
  int64_t count() const { return static_cast<int64_t>(a.size()); }
};
// At most `count` pairs of levels of the training split and half as many of the test split, one a level, never
// with the cheese in the middle column. mouse_in_middle: on a free cell of the middle column; else on any
// other. levels: of the samples, in the policy's world; they must outlive the pairs.
MirroredPairs mirrored_pairs(const ProbeSamples& samples, const std::vector<envs::MazeLevel>& levels,
                             int64_t count, bool mouse_in_middle, uint64_t seed);

// How well the direction found, with its sign chosen on the train pairs, tells the sides of the test pairs.
// a, b: activations of the pairs' two sides, [pairs, features].
CcsRow score_ccs(const MirroredPairs& pairs, const torch::Tensor& a, const torch::Tensor& b,
                 const CcsOptions& options);

}  // namespace mazescan::probe
