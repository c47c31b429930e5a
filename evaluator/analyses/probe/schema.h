#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/columns.h"
#include "datasets/split.h"
#include "envs/maze/level.h"

// The contents of probe's shards, and the names in them.
namespace mazescan::probe {

// The subject of units that predict from the observation, not from a layer.
inline constexpr const char* kObservation = "observation";

// Names of linear probes, by the predicted quantity or by the input.
inline constexpr const char *kCheeseProbe = "cheese", *kMouseProbe = "mouse", *kNextMoveProbe = "next move",
                            *kDecisionProbe = "decision", *kWillReachProbe = "will reach",
                            *kShuffledProbe = "shuffled", *kDecoyProbe = "decoy";
inline constexpr const char *kRandomProbe = "random", *kRandomDecoyProbe = "random/decoy",
                            *kCoarseProbe = "coarse", *kWithinProbe = "within",
                            *kMousePlaneProbe = "mouse plane";
// Learning curve: probes fitted to 1/4 and 1/2 of the training split's layouts.
inline constexpr int kLearningShares[] = {4, 2};
inline std::string learning_probe(int one_in) {
  return fmt::format("learning/{}", one_in);
}
// Sparse probes: numbers of channels that they use.
inline constexpr int kSparseChannels[] = {1, 2, 4, 8, 16};
inline std::string sparse_probe(int channels) {
  return fmt::format("sparse/{}", channels);
}

// The accuracy of a linear probe, by split.
struct Score {
  std::string name;
  int32_t classes = 0;
  int64_t features = 0, fitted = 0;  // length of an input; samples that it was fitted to
  double l2 = 0;                     // penalty that validation selected
  int32_t iterations = 0;            // steps of LBFGS with that penalty
  bool converged = false;
  std::array<int64_t, datasets::kSplits> correct{}, samples{};
  // Distinct mazes (walls and cheese) and distinct layouts (walls) among those samples.
  std::array<int64_t, datasets::kSplits> mazes{}, layouts{};
  int64_t majority = 0;  // test samples whose label is the training split's most frequent label
  // Variance of the accuracy, clustered by layout, because samples of one layout are similar.
  std::array<double, datasets::kSplits> variance{};

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("read_outs", name);
    visit("scores/classes", classes);
    visit("scores/features", features);
    visit("scores/fitted", fitted);
    visit("scores/l2", l2);
    visit("scores/iterations", iterations);
    visit("scores/converged", converged);
    visit("scores/correct", correct, {"part"});
    visit("scores/samples", samples, {"part"});
    visit("scores/mazes", mazes, {"part"});
    visit("scores/layouts", layouts, {"part"});
    visit("scores/majority", majority);
    visit("scores/variance", variance, {"part"});
    visit.check(*std::min_element(variance.begin(), variance.end()) >= 0, "scores/variance is negative");
  }
};

// A probe of the cheese whose probabilities are alpha-entmax: the cells with a probability above 0, its candidates.
inline std::string entmax_probe(double alpha) {
  return fmt::format("entmax/{}", alpha);
}
struct CandidateRow {
  double alpha = 0;
  int64_t samples = 0;  // of test
  int64_t covered = 0;  // whose candidates include the cheese's cell
  int64_t cells = 0;    // candidates of all samples together
  int64_t alone = 0,
          right = 0;  // samples with one candidate, and those of them where it is the cheese's cell

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("candidates/alpha", alpha);
    visit("candidates/samples", samples);
    visit("candidates/covered", covered);
    visit("candidates/cells", cells);
    visit("candidates/alone", alone);
    visit("candidates/right", right);
  }
};

struct CandidateTable {
  std::vector<CandidateRow> alphas;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.table("alpha", alphas);
  }
};

// The channels of a layer in descending order of the cheese probe's weights.
struct RankedChannels {
  std::vector<int64_t> channels;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("channels", channels, {"channel"});
  }
};

// Test samples of one layout, and how many of them the cheese probes predict correctly: paired counts.
struct LayoutRow {
  int64_t samples = 0, cheese = 0;
  int64_t half = 0;     // by the probe that was fitted to half of the layouts
  int64_t random = -1;  // from random weights; -1: the observation, which has none

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("layouts/samples", samples);
    visit("layouts/cheese", cheese);
    visit("layouts/half", half);
    visit("layouts/random", random);
  }
};
struct PairedCounts {
  std::vector<LayoutRow> layouts;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.table("layout", layouts);
  }
};

// Random subspaces of the rank of the read-out, which the read-out is compared with.
inline constexpr int kRandomSubspaces = 40;

// A state whose read-out of the cheese was replaced by that of the same state with the cheese elsewhere.
struct InterchangePair {
  int32_t level = 0;   // level seed
  int32_t layout = 0;  // the same number for equal walls
  envs::Cell mouse, cheese, elsewhere;
  bool facing_right = false;
  // Total variation between the policy with the cheese elsewhere and the policy of the state: as it is,
  // patched along the read-out, and patched along each random subspace.
  double original = 0, patched = 0;
  std::vector<double> at_random;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("use/level", level);
    visit("use/layout", layout);
    visit("use/mouse", mouse, {"coordinate"});
    visit("use/cheese", cheese, {"coordinate"});
    visit("use/elsewhere", elsewhere, {"coordinate"});
    visit("use/facing_right", facing_right);
    visit("use/original", original);
    visit("use/patched", patched);
    visit("use/random", at_random, {"subspace"});
  }
};

// The only column of its part.
inline constexpr const char* kBasisColumn = "use/basis";

// The basis of a read-out, for activations that are not standardised.
struct ReadOutBasis {
  std::vector<float> values;  // [features, rank]

  template <class Visitor>
  void columns(Visitor& visit) {
    visit(kBasisColumn, values, {"feature", "direction"});
  }
};

// Interchange along the read-out of the cheese.
struct Interchange {
  int32_t rank = 0;     // of the read-out
  int64_t levels = 0;   // levels from which pairs were drawn
  int64_t changed = 0;  // levels where the first pair changes the policy
  std::vector<InterchangePair> pairs;
  std::optional<ReadOutBasis> basis;  // only if it is small enough to be stored

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("rank", rank);
    visit.fact("use_levels", levels);
    visit.fact("use_changed", changed);
    visit.length("direction", rank);
    visit.length("subspace", kRandomSubspaces);
    visit.table("pair", pairs);
    visit.part(basis);
  }
};

// The loss of contrast-consistent search for a probe whose output is always 0.4, the smallest of a constant.
inline constexpr double kConstantProbeLoss = 0.2;
// Random directions with which the search is compared.
inline constexpr int kCcsRandomDirections = 50;

// Contrast-consistent search on pairs of mirrored mazes, in one condition.
struct CcsRow {
  int64_t fitted = 0, pairs = 0;  // train and test pairs
  int64_t left = 0;               // test pairs with the cheese left of the middle in the first state
  // Test pairs on which the direction predicts the cheese's side; the mouse's side (-1: does not apply); and
  // on which a linear probe trained on the cheese's side predicts it.
  int64_t cheese = 0, mouse = -1, supervised = 0;
  // The same for other directions of the differences: the first principal component, and 2-means.
  int64_t pca_cheese = 0, pca_mouse = -1, means_cheese = 0, means_mouse = -1;
  std::vector<double> losses;                          // one per restart
  std::vector<int64_t> restart_cheese, restart_mouse;  // test pairs that each restart predicts
  std::vector<int64_t> random_cheese, random_mouse;    // and each random direction

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("contrast/fitted", fitted);
    visit("contrast/pairs", pairs);
    visit("contrast/left", left);
    visit("contrast/cheese", cheese);
    visit("contrast/mouse", mouse);
    visit("contrast/supervised", supervised);
    visit("contrast/pca_cheese", pca_cheese);
    visit("contrast/pca_mouse", pca_mouse);
    visit("contrast/means_cheese", means_cheese);
    visit("contrast/means_mouse", means_mouse);
    visit("contrast/losses", losses, {"restart"});
    visit("contrast/restart_cheese", restart_cheese, {"restart"});
    visit("contrast/restart_mouse", restart_mouse, {"restart"});
    visit("contrast/random_cheese", random_cheese, {"random"});
    visit("contrast/random_mouse", random_mouse, {"random"});
  }
};

// Both conditions: the mouse in the middle column, and elsewhere.
struct CcsConditions {
  std::vector<CcsRow> conditions;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.table("condition", conditions);
    visit.check(conditions.size() == 2, "contrast-consistent search has two conditions");
  }
};

// A layer at one size.
struct ProbeResult {
  int64_t depth = 0;                           // the layer's, in forward order from 1; 0: the observation
  std::vector<int64_t> shape;                  // the layer's output shape
  int64_t levels = 0, layouts = 0, mazes = 0;  // layouts: distinct walls; mazes: distinct walls and cheese
  bool split = false;                          // false: too few layouts, all samples are in all splits
  std::vector<Score> scores;
  std::optional<CandidateTable> candidates;  // only if probe.entmax is not empty
  std::optional<RankedChannels> ranked;      // only if split
  std::optional<PairedCounts> paired;        // only if split
  std::optional<Interchange> use;            // only if split, and only of layers
  std::optional<CcsConditions> ccs;          // only if split, and only of layers

  // Returns nullptr if there is no such linear probe.
  const Score* find(const std::string& name) const {
    const auto found =
        std::find_if(scores.begin(), scores.end(), [&](const Score& score) { return score.name == name; });
    return found == scores.end() ? nullptr : &*found;
  }

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("depth", depth);
    visit.fact("shape", shape);
    visit.fact("levels", levels);
    visit.fact("layouts", layouts);
    visit.fact("mazes", mazes);
    visit.fact("split", split);
    visit.table("read_out", scores);
    visit.part(candidates);
    visit.part(ranked);
    visit.part(paired);
    visit.part(use);
    visit.part(ccs);
  }
};

}  // namespace mazescan::probe
