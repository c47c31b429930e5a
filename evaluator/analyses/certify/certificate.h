#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/result_shard.h"
#include "evaluator/analyses/certify/arrival.h"
#include "evaluator/analyses/certify/free_cells.h"

// What a shard of a certificate holds, of layouts of one size. docs/analyses.md tells its columns.
namespace mazescan {

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

class Certificate {
 public:
  // region: top-right k x k; limit: steps of an episode; faces: states a cell, 2 where the mouse's way of
  // facing matters. State s of a chain is free cell s / faces, and faces left if s % faces == 0.
  Certificate(int size, int region, int limit, int faces);

  // chains[c]: the policy with the cheese on free cell c. index: among all layouts.
  void add(int32_t index, double probability, const FreeCells& cells, const std::vector<MoveChain>& chains);

  void store(ResultShard& shard) const;

 private:
  struct Case {
    double value = 0;
    int32_t layout = -1, cheese = -1, start = -1;  // cells: y * size + x
    std::vector<float> moves, fails;               // of every cell, NaN in walls
    std::vector<int32_t> walk;                     // -1 behind its end
  };
  struct OneLayout;
  struct Subject;
  void look_at_greedy(const Subject& subject, OneLayout& sum);
  void look_at_sampled(const Subject& subject, OneLayout& sum);
  Case& worst(Worst kind) { return worst_[static_cast<size_t>(kind)]; }
  // fails: from each free cell.
  void keep(Worst kind, double value, const Subject& subject, int start, const std::vector<float>& fails);

  const int size_, region_, limit_, faces_;
  // A row a layout.
  std::vector<int32_t> index_, pairs_, never_, delay_, worst_delay_, worst_cheese_, worst_start_,
      lowest_cheese_, lowest_start_;
  std::vector<double> probability_, within_limit_, expected_, lowest_;
  // Of the whole shard.
  std::vector<double> curve_, weight_;  // [weighting, pairs, step], [weighting, pairs]
  std::vector<double> lowest_curve_;    // [step]
  std::array<Case, kWorst> worst_;
};

}  // namespace mazescan
