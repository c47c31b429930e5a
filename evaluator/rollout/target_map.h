#pragma once
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "envs/environment_config.h"
#include "envs/maze_state.h"
#include "policy/network.h"

namespace mazescan::rollout {

// The position of a maze cell on a layer's map. Maps are coarser than mazes: `phase` distinguishes maze cells
// that share a row and a column, up to four on each axis.
struct MapCell {
  int64_t row = 0, column = 0, phase = 0;
};

// Maps maze cells to positions on one layer's map.
class TargetMap {
 public:
  // Throws UserError if the layer has no map or comes after embedder.fc, or the observation does not cover
  // the whole world.
  TargetMap(const envs::EnvironmentConfig& environment, const policy::Network& network,
            const std::string& tap);

  MapCell of(const envs::MazeLevel& level, envs::Cell cell) const;
  int64_t phases() const { return phases_ * phases_; }
  const std::string& tap() const { return tap_; }
  int64_t channels() const { return channels_; }
  int64_t height() const { return height_; }
  int64_t width() const { return width_; }
  // Returns the shape of values around a centred target: [channels, 2 height - 1, 2 width - 1].
  std::vector<int64_t> offsets() const { return {channels_, 2 * height_ - 1, 2 * width_ - 1}; }
  // Returns the part of [..., 2 height - 1, 2 width - 1] that is on the map: [..., height, width].
  torch::Tensor on_map(const torch::Tensor& around, MapCell target) const;
  // Returns the parts on the map for N targets: [N, channels, height, width]. around: [phases or 1, offsets];
  // each target uses the entry of its phase. Differentiable, with a cheap backward pass.
  torch::Tensor on_maps(const torch::Tensor& around, const std::vector<MapCell>& targets) const;
  // Returns the largest number, over all targets, of true offsets in `mask` that are on the map.
  int64_t max_on_map(const torch::Tensor& mask) const;

 private:
  std::string tap_;
  int world_, side_;  // side of the world in cells, and of the observation in pixels or cells
  int64_t channels_, height_, width_, stride_, phases_;
};

// Returns the share of a map's other cells whose value is below that of one cell; equal values count half.
// Shapes: maps [N, C, rows, columns]; cells [N] int64: row * columns + column; returns [N, C] float64.
torch::Tensor share_surpassed(const torch::Tensor& maps, const torch::Tensor& cells);

}  // namespace mazescan::rollout
