#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "evaluator/analyses/certify/arrival.h"
#include "evaluator/analyses/certify/free_cells.h"
#include "evaluator/analyses/certify/schema.h"

namespace mazescan::certify {

// Adds up what a shard says of layouts of one size.
class Certificate {
 public:
  // region: top-right k x k; limit: steps of an episode; faces: states a cell, 2 where the mouse's way of
  // facing matters. State s of a chain is free cell s / faces, and faces left if s % faces == 0.
  Certificate(int size, int region, int limit, int faces);

  // chains[c]: the policy with the cheese on free cell c. index: among all layouts.
  void add(int32_t index, double probability, const FreeCells& cells, const std::vector<MoveChain>& chains);

  // All but the facts that are not the constructor's: layouts and chosen.
  CertifyResult result() const;

 private:
  struct OneLayout;
  struct Subject;
  void look_at_greedy(const Subject& subject, OneLayout& sum);
  void look_at_sampled(const Subject& subject, OneLayout& sum);
  WorstRow& worst(Worst kind) { return worst_[static_cast<size_t>(kind)]; }
  // fails: from each free cell.
  void keep(Worst kind, double value, const Subject& subject, int start, const std::vector<float>& fails);

  const int size_;
  const int corner_;  // cells along a side of the top-right region
  CertifyResult result_;
  std::array<WorstRow, kWorst> worst_;  // of each kind; layout -1: none yet
};

}  // namespace mazescan::certify
