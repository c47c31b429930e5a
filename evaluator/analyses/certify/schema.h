#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "datasets/columns.h"
#include "envs/maze_state.h"

// The contents of certify's shards; each holds layouts of one size. Cells are numbered y * size + x.
namespace mazescan::certify {

// Sets of (start, cheese) pairs over which means are taken: all pairs (everywhere); or pairs that start at
// the bottom left, as an episode does, with the cheese anywhere (start), in the top-right region (top_right),
// or off the path from the start to the top-right corner (off_path).
enum class Pairs { everywhere, start, top_right, off_path };
inline constexpr int kPairs = 4;

// Weights of means over layouts: uniform, or the generator's probabilities.
enum class Weighting { layouts, generator };
inline constexpr int kWeightings = 2;

// Worst cases that are stored in full, one of each kind per shard: the cheese that the greedy mouse fails to
// reach from most starts (never); the greedy walk with the largest delay (delay); the start and cheese with
// the lowest probability of arrival within the limit (chance).
enum class Worst { never, delay, chance };
inline constexpr int kWorst = 3;
inline constexpr int kLongestWalk = 64;  // bound on the cells of a greedy walk in mazes up to 7 x 7

// Subjects of units: all layouts of the size, or a random sample.
inline constexpr const char *kAllLayouts = "all", *kSampledLayouts = "sample";

struct LayoutRow {
  int32_t index = 0;       // among all layouts of the size
  double probability = 0;  // that a level of this size has the layout
  std::array<int32_t, kPairs> pairs{};
  // Greedy walks: number of pairs that never arrive; delay beyond the shortest path, summed over pairs that
  // arrive; the largest delay (-1 if none arrives); cheese and start of a walk that never arrives, else of
  // the most delayed one.
  std::array<int32_t, kPairs> never{}, delay{};
  int32_t worst_delay = -1, worst_cheese = -1, worst_start = -1;
  // Sampled walks: means over pairs (0 if there is none) of the probability of arrival within the limit and
  // of the steps without a limit (may be infinite); the lowest probability, and its cheese and start.
  std::array<double, kPairs> within_limit{}, expected_steps{};
  double lowest = 1;
  int32_t lowest_cheese = -1, lowest_start = -1;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("layout/index", index);
    visit("layout/probability", probability);
    visit("layout/pairs", pairs, {"pairs"});
    visit("greedy/never", never, {"pairs"});
    visit("greedy/delay", delay, {"pairs"});
    visit("greedy/worst_delay", worst_delay);
    visit("greedy/worst_cheese", worst_cheese);
    visit("greedy/worst_start", worst_start);
    visit("sampled/within_limit", within_limit, {"pairs"});
    visit("sampled/expected_steps", expected_steps, {"pairs"});
    visit("sampled/lowest", lowest);
    visit("sampled/lowest_cheese", lowest_cheese);
    visit("sampled/lowest_start", lowest_start);
  }
};

struct WorstRow {
  Worst kind = Worst::never;
  double value = 0;  // number of starts, delay in steps, or a probability
  int32_t layout = -1, cheese = -1, start = -1;
  std::array<int32_t, kLongestWalk> walk{};  // greedy, to the cheese or once around; -1 after its end
  std::vector<float> moves;                  // the policy on every cell, cell * kMoves + move; NaN in walls
  // One value per start cell: 1 if the greedy walk never arrives, else 0; for Worst::chance, the probability
  // of no arrival within the limit. NaN in walls.
  std::vector<float> fails;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.index("worst/kind", kind, "kind");
    visit("worst/value", value);
    visit("worst/layout", layout);
    visit("worst/cheese", cheese);
    visit("worst/start", start);
    visit("worst/walk", walk, {"place"});
    visit("worst/moves", moves, {"cell", "move"});
    visit("worst/fails", fails, {"cell"});
  }
};

struct CertifyResult {
  int32_t limit = 0;    // steps of an episode
  int32_t region = 0;   // side of the training region, in cells
  int64_t layouts = 0;  // number of layouts of the size
  int64_t chosen = 0;   // number of layouts that the job evaluates
  int32_t faces = 1;    // 2 if the policy sees which way the mouse faces
  std::vector<LayoutRow> rows;
  // arrived: weighted sum over layouts of the probability of arrival by each step, [weighting, pairs, step].
  // weight: the sums of these weights, [weighting, pairs]. lowest: the lowest probability by each step,
  // [step].
  std::vector<double> arrived, weight, lowest;
  std::vector<WorstRow> worst;  // in the order of kinds

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("limit", limit);
    visit.fact("region", region);
    visit.fact("layouts", layouts);
    visit.fact("chosen", chosen);
    visit.fact("faces", faces);
    visit.check(limit >= 0, "the limit is negative");
    visit.length("weighting", kWeightings);
    visit.length("pairs", kPairs);
    visit.length("step", int64_t{limit} + 1);
    visit.length("kind", kWorst);
    visit.length("cell", int64_t{visit.size} * visit.size);
    visit.length("move", envs::kMoves);
    visit.table("layout", rows);
    visit("curve/arrived", arrived, {"weighting", "pairs", "step"});
    visit("curve/weight", weight, {"weighting", "pairs"});
    visit("curve/lowest", lowest, {"step"});
    visit.table("case", worst);
  }
};

}  // namespace mazescan::certify
