#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "evaluator/analyses/certify/free_cells.h"
#include "evaluator/analyses/certify/schema.h"
#include "evaluator/rollout/move_chain.h"

namespace mazescan::certify {

// Accumulates a shard's results over layouts of one size.
class Certificate {
 public:
  // region: side k of the top-right k x k region; limit: steps of an episode; faces: states per cell, 2 if
  // the policy sees the mouse's direction. State s of a chain is free cell s / faces; the mouse faces left if
  // s % faces == 0.
  Certificate(int size, int region, int limit, int faces);

  // Adds one layout. index: its index among all layouts; probability: as in LayoutRow; chains[c]: the policy
  // with the cheese on free cell c.
  void add(int32_t index, double probability, const FreeCells& cells,
           const std::vector<rollout::MoveChain>& chains);

  // Returns the result so far. The caller sets the facts `layouts` and `chosen`.
  CertifyResult result() const;

 private:
  struct OneLayout;
  struct Subject;
  void look_at_greedy(const Subject& subject, OneLayout& sum);
  void look_at_sampled(const Subject& subject, OneLayout& sum);
  WorstRow& worst(Worst kind) { return worst_[static_cast<size_t>(kind)]; }
  // Keeps the subject as the worst case of its kind if `value` is worse. fails: one value per free cell.
  void keep(Worst kind, double value, const Subject& subject, int start, const std::vector<float>& fails);

  const int size_;
  const int corner_;  // cells along a side of the top-right region
  CertifyResult result_;
  std::array<WorstRow, kWorst> worst_;  // one row per kind; layout -1: none yet
};

}  // namespace mazescan::certify
