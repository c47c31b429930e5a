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

// The contents of probe's shards, and the names in them.
namespace mazescan::probe {

// The subject of units that predict from the observation, not from a layer.
inline constexpr const char* kObservation = "observation";

// Names of linear probes, by the predicted quantity or by the input.
inline constexpr const char *kCheeseProbe = "cheese", *kMouseProbe = "mouse", *kNextMoveProbe = "next move",
                            *kDecisionProbe = "decision", *kWillReachProbe = "will reach",
                            *kShuffledProbe = "shuffled";
inline constexpr const char *kRandomProbe = "random", *kCoarseProbe = "coarse", *kWithinProbe = "within",
                            *kMousePlaneProbe = "mouse plane";
// Learning curve: probes fitted to 1/8, 1/4 and 1/2 of the training split's layouts.
inline constexpr int kLearningShares[] = {8, 4, 2};
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
  std::array<int64_t, datasets::kSplits> correct{}, samples{};
  std::array<int64_t, datasets::kSplits> mazes{};  // distinct mazes (walls and cheese) among those samples
  int64_t majority = 0;  // test samples whose label is the training split's most frequent label
  // Variance of the accuracy, clustered by maze, because samples of one maze are similar.
  std::array<double, datasets::kSplits> variance{};

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("read_outs", name);
    visit("scores/classes", classes);
    visit("scores/features", features);
    visit("scores/fitted", fitted);
    visit("scores/correct", correct, {"part"});
    visit("scores/samples", samples, {"part"});
    visit("scores/mazes", mazes, {"part"});
    visit("scores/majority", majority);
    visit("scores/variance", variance, {"part"});
    visit.check(*std::min_element(variance.begin(), variance.end()) >= 0, "scores/variance is negative");
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

// Contrast-consistent search on pairs of mirrored mazes, in one condition.
struct CcsRow {
  int64_t fitted = 0, pairs = 0;  // train and test pairs
  // Test pairs on which the direction predicts the cheese's side; the mouse's side (-1: does not apply); and
  // on which a linear probe trained on the cheese's side predicts it.
  int64_t cheese = 0, mouse = -1, supervised = 0;
  std::vector<double> losses;  // one per restart

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("contrast/fitted", fitted);
    visit("contrast/pairs", pairs);
    visit("contrast/cheese", cheese);
    visit("contrast/mouse", mouse);
    visit("contrast/supervised", supervised);
    visit("contrast/losses", losses, {"restart"});
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
  std::optional<RankedChannels> ranked;  // only if split
  std::optional<CcsConditions> ccs;      // only if split, and only of layers

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
    visit.part(ranked);
    visit.part(ccs);
  }
};

}  // namespace mazescan::probe
