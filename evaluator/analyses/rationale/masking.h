#pragma once
#include <torch/types.h>

#include <vector>

#include "core/random.h"
#include "envs/maze_state.h"
#include "evaluator/rollout/agent.h"

// States of which the policy sees some cells; the others are filled from other mazes.
namespace mazescan::rationale {

// The cells of a maze in the planes of an observation: a square of `size` cells.
class MazeWindow {
 public:
  explicit MazeWindow(const envs::MazeLevel& level)
      : size_(level.size), row_(level.world_dim - level.origin.y - level.size), column_(level.origin.x) {}
  int size() const { return size_; }
  // Returns the window of maps [.., world_dim, world_dim]; a view [.., size, size], row 0 at the top.
  torch::Tensor of(const torch::Tensor& maps) const {
    return maps.slice(-2, row_, row_ + size_).slice(-1, column_, column_ + size_);
  }
  // Returns the index of a cell in a flattened window.
  int64_t index(envs::Cell cell) const { return int64_t{size_ - 1 - cell.y} * size_ + cell.x; }

 private:
  int size_, row_, column_;
};

// Levels of one size from which states are drawn.
class StatePool {
 public:
  explicit StatePool(std::vector<envs::MazeLevel> levels) : levels_(std::move(levels)) {}
  const std::vector<envs::MazeLevel>& levels() const { return levels_; }
  // Draws a level other than `except`, of at least two, and a cell for the mouse.
  envs::MazeState draw(RandomStream& random, const envs::MazeLevel* except = nullptr) const;

 private:
  std::vector<envs::MazeLevel> levels_;
};

// Draws a cell for the mouse: free, neither the cheese nor the top-right corner.
envs::MazeState with_drawn_mouse(const envs::MazeLevel& level, RandomStream& random);

// Observations of states and of as many states of other mazes.
// Shapes: float32 [N, 3, world_dim, world_dim], as maze::write_planes.
struct MaskedStates {
  torch::Tensor planes, others;

  MaskedStates(const rollout::NetworkAgent& agent, const policy::Network& network,
               const std::vector<envs::MazeState>& states, const std::vector<envs::MazeState>& others);
  // Returns observations that show of each cell the share `mask` of the state and the rest of the other maze.
  // There is one mouse and one cheese: as far as the state's own is seen, the other maze's is absent.
  // Shapes: mask [N, size, size] in [0, 1], on the window's cells; returns float32, as planes.
  torch::Tensor seen(const torch::Tensor& mask, const MazeWindow& window) const;
};

}  // namespace mazescan::rationale
