#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "evaluator/analyses/rationale/masking.h"
#include "evaluator/analyses/rationale/schema.h"
#include "evaluator/rollout/agent.h"
#include "policy/network.h"

namespace mazescan::rationale {

// The states that are measured: one of each level, with a drawn cell of the mouse, and what fills the cells
// that are not seen.
class MeasuredStates {
 public:
  // pool: the levels that fill. seed, stream: for the draws, which depend on nothing else and the level.
  // All arguments must outlive the object.
  MeasuredStates(const policy::Network& network, const rollout::NetworkAgent& agent, const envs::Task& task,
                 const std::vector<envs::MazeLevel>& levels, const StatePool& pool, uint64_t seed,
                 const std::string& stream);

  // Returns a row for each state, without rates yet.
  std::vector<StateRow> rows() const;
  // Appends to each row the results of one rate. gates: the rationales' likeliest values [N, size, size].
  void append(const torch::Tensor& gates, std::vector<StateRow>& rows) const;
  const MaskedStates& masked() const { return masked_; }

 private:
  using Moves = std::vector<std::array<float, envs::kMoves>>;
  // Appends what the policy does if it sees the cells of `mask` [N, size * size], 0 or 1.
  void append_seen(const torch::Tensor& mask, SeenCells StateRow::*seen, std::vector<StateRow>& rows) const;
  torch::Tensor logits(const torch::Tensor& observations) const;

  const policy::Network& network_;
  const rollout::NetworkAgent& agent_;
  const MazeWindow window_;
  std::vector<envs::MazeState> states_;
  MaskedStates masked_;
  torch::Tensor logits_;                  // of whole states, on the CPU
  Moves moves_;                           // in whole states
  torch::Tensor objects_;                 // [N, kObjects, size * size]: the cells of each object, 1
  torch::Tensor random_ranks_, nearest_;  // [N, size * size]: the place of each cell in a baseline's order
};

}  // namespace mazescan::rationale
