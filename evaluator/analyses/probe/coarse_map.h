#pragma once
#include <cstdint>
#include <vector>

#include "envs/maze_state.h"

namespace mazescan::probe {

// Maps the cells of a world to the places of a layer's map, which may be coarser than the world: the place
// that holds a cell, and the cell's index within the place.
class CoarseMap {
 public:
  CoarseMap(int world, int height, int width) : rows_(world, height), columns_(world, width), width_(width) {}
  // Returns whether some place holds several cells.
  bool is_coarse() const { return rows_.most > 1 || columns_.most > 1; }
  // Returns row * width + column; row 0 is at the top.
  int32_t place(const envs::MazeLevel& level, envs::Cell cell) const {
    return rows_.place[row(level, cell)] * width_ + columns_.place[column(level, cell)];
  }
  int32_t within(const envs::MazeLevel& level, envs::Cell cell) const {
    return rows_.rank[row(level, cell)] * columns_.most + columns_.rank[column(level, cell)];
  }
  int max_within() const { return rows_.most * columns_.most; }

 private:
  struct Axis {
    // Assigns each cell to the place that contains the cell's centre.
    Axis(int cells, int places) {
      for (int i = 0; i < cells; ++i) {
        place.push_back(static_cast<int32_t>((2 * int64_t{i} + 1) * places / (2 * int64_t{cells})));
        rank.push_back(i > 0 && place[static_cast<size_t>(i) - 1] == place.back() ? rank.back() + 1 : 0);
        most = rank.back() + 1 > most ? rank.back() + 1 : most;
      }
    }
    std::vector<int32_t> place, rank;
    int32_t most = 1;
  };
  static size_t row(const envs::MazeLevel& level, envs::Cell cell) {
    return static_cast<size_t>(level.world_dim - 1 - (level.origin.y + cell.y));
  }
  static size_t column(const envs::MazeLevel& level, envs::Cell cell) {
    return static_cast<size_t>(level.origin.x + cell.x);
  }
  Axis rows_, columns_;
  int32_t width_;
};

}  // namespace mazescan::probe
