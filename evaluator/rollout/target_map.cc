#include "evaluator/rollout/target_map.h"

#include <fmt/ranges.h>
#include <torch/types.h>

#include <algorithm>

#include "core/error.h"
#include "envs/maze/maze_config.h"

namespace mazescan::rollout {

namespace {

constexpr int64_t kPhases = 4;  // largest number of phases on each axis

const policy::LayerSpec& map_named(const policy::Network& network, const std::string& name) {
  for (const policy::LayerSpec& tap : network.layers()) {
    if (tap.name == "embedder.fc") break;
    if (tap.name == name && tap.shape.size() == 3) return tap;
  }
  std::vector<std::string> maps;
  for (const policy::LayerSpec& tap : network.layers())
    if (tap.shape.size() == 3) maps.push_back(tap.name);
  throw UserError(
      fmt::format("layer '{}' has no cells", name),
      "cells lie on the maps of [channels, rows, columns] before embedder.fc; a clamp of what comes "
      "out of the network would be no finding",
      fmt::format("one of {}", fmt::join(maps, ", ")));
}

}  // namespace

TargetMap::TargetMap(const envs::EnvironmentConfig& environment, const policy::Network& network,
                     const std::string& tap)
    : tap_(tap), world_(environment.own<maze::MazeConfig>().world_dim), side_(network.interface().height) {
  require(environment.own<maze::MazeConfig>().view == frame::View::world,
          "the policy sees only the mouse's surroundings",
          "edits are functions of the target's place on the whole map", "a policy with view: world");
  const std::vector<int64_t>& shape = map_named(network, tap).shape;
  channels_ = shape[0];
  height_ = shape[1];
  width_ = shape[2];
  stride_ = 1;
  for (int64_t side = side_; side > height_; side = (side + 1) / 2) stride_ *= 2;
  phases_ = std::min(stride_, kPhases);
}

MapCell TargetMap::of(const envs::MazeLevel& level, envs::Cell cell) const {
  const int64_t world_row = world_ - 1 - (level.origin.y + cell.y), world_column = level.origin.x + cell.x;
  const auto seen = [&](int64_t at) { return (2 * at + 1) * side_ / (2 * world_); };  // the cell's centre
  const int64_t row = seen(world_row), column = seen(world_column);
  const auto phase = [&](int64_t at) { return at % stride_ * phases_ / stride_; };
  return {std::min(row / stride_, height_ - 1), std::min(column / stride_, width_ - 1),
          phase(row) * phases_ + phase(column)};
}

torch::Tensor TargetMap::on_map(const torch::Tensor& around, MapCell target) const {
  return around.narrow(-2, height_ - 1 - target.row, height_).narrow(-1, width_ - 1 - target.column, width_);
}

torch::Tensor TargetMap::on_maps(const torch::Tensor& around, const std::vector<MapCell>& targets) const {
  const int64_t wide = 2 * width_ - 1, offsets = (2 * height_ - 1) * wide, phases = around.size(0);
  std::vector<int64_t> corners;  // corners of the windows
  for (const MapCell& target : targets)
    corners.push_back((phases == 1 ? 0 : target.phase) * offsets + (height_ - 1 - target.row) * wide +
                      width_ - 1 - target.column);
  const torch::Tensor at = torch::tensor(corners, torch::kInt64).view({-1, 1, 1}) +
                           torch::arange(height_).view({1, -1, 1}) * wide + torch::arange(width_);
  // Channels last: a position's values, and their gradients, are contiguous.
  return around.permute({0, 2, 3, 1})
      .reshape({-1, channels_})
      .index_select(0, at.flatten())
      .view({-1, height_, width_, channels_})
      .permute({0, 3, 1, 2})
      .contiguous();
}

int64_t TargetMap::max_on_map(const torch::Tensor& mask) const {
  // Compute sums over windows of the map's size from a table of sums over [0, row) x [0, column).
  const torch::Tensor counts = mask.sum(0).to(torch::kInt64);
  const torch::Tensor table = torch::constant_pad_nd(counts.cumsum(0).cumsum(1), {1, 0, 1, 0});
  const torch::Tensor upper = table.narrow(0, 0, height_), lower = table.narrow(0, height_, height_);
  const torch::Tensor sums = lower.narrow(1, width_, width_) - lower.narrow(1, 0, width_) -
                             upper.narrow(1, width_, width_) + upper.narrow(1, 0, width_);
  return sums.max().item<int64_t>();
}

torch::Tensor share_surpassed(const torch::Tensor& maps, const torch::Tensor& cells) {
  const torch::Tensor flat = maps.flatten(2);  // [N, C, cells]
  const torch::Tensor index = cells.view({-1, 1, 1}).expand({-1, flat.size(1), 1});
  const torch::Tensor mine = flat.gather(2, index);
  const torch::Tensor below = (flat < mine).sum(2).to(torch::kFloat64);
  const torch::Tensor equal = (flat == mine).sum(2).to(torch::kFloat64) - 1;  // except itself
  return (below + equal / 2) / static_cast<double>(std::max<int64_t>(flat.size(2) - 1, 1));
}

}  // namespace mazescan::rollout
