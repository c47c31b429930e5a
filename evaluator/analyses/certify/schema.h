#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "datasets/columns.h"
#include "envs/maze_state.h"

// What the shards of certify hold, of layouts of one size. Cells are y * size + x.
namespace mazescan::certify {

// Means are taken over these pairs of start and cheese. Of an episode's own start, bottom left: with the
// cheese anywhere, in the top-right region, or off the path from there to the top-right corner.
enum class Pairs { everywhere, start, top_right, off_path };
inline constexpr int kPairs = 4;

// Means over layouts: each counts the same, or as often as the generator makes it.
enum class Weighting { layouts, generator };
inline constexpr int kWeightings = 2;

// Worst cases that are kept whole, one of each kind a shard: the cheese that the greedy mouse fails to reach
// from most starts; its longest way round; the start and cheese with the lowest chance within the limit.
enum class Worst { never, delay, chance };
inline constexpr int kWorst = 3;
inline constexpr int kLongestWalk = 64;  // cells of a greedy walk in any maze up to 7 x 7, and its end

// Subjects of units: all layouts of the size, or a sample.
inline constexpr const char *kAllLayouts = "all", *kSampledLayouts = "sample";

struct LayoutRow {
  int32_t index = 0;       // among all layouts of the size
  double probability = 0;  // of a level of this size to have the layout
  std::array<int32_t, kPairs> pairs{};
  // Of greedy walks: pairs from which they never arrive; delays beyond the shortest path, summed over those
  // that arrive; the largest delay (-1 if none arrives); cells of a walk that never arrives, else of the most
  // delayed.
  std::array<int32_t, kPairs> never{}, delay{};
  int32_t worst_delay = -1, worst_cheese = -1, worst_start = -1;
  // Of sampled walks: means over pairs, 0 where there are none, of the chance to arrive within the limit and of
  // the steps without a limit (may be infinite); the lowest chance, and its cells.
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
  double value = 0;  // starts, steps, or a chance
  int32_t layout = -1, cheese = -1, start = -1;
  std::array<int32_t, kLongestWalk> walk{};  // greedy, to the cheese or once around; -1 behind its end
  std::vector<float> moves;                  // the policy on every cell, cell * kMoves + move; NaN in walls
  // From every cell: 1 if the greedy walk never arrives; of Worst::chance, the chance not to arrive within the
  // limit. NaN in walls.
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
  int32_t region = 0;   // of training
  int64_t layouts = 0;  // of the size
  int64_t chosen = 0;   // how many of them the job goes through
  int32_t faces = 1;    // 2 where the policy sees which way the mouse faces
  std::vector<LayoutRow> rows;
  // Chances to have arrived after so many steps, summed over layouts with their weights, [weighting, pairs,
  // step]; the sums of these weights, [weighting, pairs]; the lowest chance of all, [step].
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
