#pragma once
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "envs/environment_config.h"
#include "envs/maze_state.h"
#include "policy/network.h"

namespace mazescan::rollout {

// The place of a maze cell on a layer's map. Maps are coarser than mazes: `phase` distinguishes maze cells
// that share a row and a column, up to four on each axis.
struct MapCell {
  int64_t row = 0, column = 0, phase = 0;
};

// The map of one layer, seen from maze cells.
class TargetMap {
 public:
  // Throws UserError if the layer has no map or comes after embedder.fc, or the policy does not see the whole
  // world.
  TargetMap(const envs::EnvironmentConfig& environment, const policy::Network& network,
            const std::string& tap);

  MapCell of(const envs::MazeLevel& level, envs::Cell cell) const;
  int64_t phases() const { return phases_ * phases_; }
  const std::string& tap() const { return tap_; }
  int64_t channels() const { return channels_; }
  int64_t height() const { return height_; }
  int64_t width() const { return width_; }
  // Offsets around a target: [channels, 2 height - 1, 2 width - 1], the target in the middle.
  std::vector<int64_t> offsets() const { return {channels_, 2 * height_ - 1, 2 * width_ - 1}; }
  // Of [..., 2 height - 1, 2 width - 1], the part that lies on the map: [..., height, width].
  torch::Tensor on_map(const torch::Tensor& around, MapCell target) const;
  // The same for many targets at once, each with its phase of [phases or 1, offsets]: [N, channels, height,
  // width]. Gradients pass, and cheaply.
  torch::Tensor on_maps(const torch::Tensor& around, const std::vector<MapCell>& targets) const;
  // How many of the true offsets lie on the map for the target where most do.
  int64_t max_on_map(const torch::Tensor& mask) const;

 private:
  std::string tap_;
  int world_, side_;  // cells, and pixels or cells of the observation
  int64_t channels_, height_, width_, stride_, phases_;
};

}  // namespace mazescan::rollout
