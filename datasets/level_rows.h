#pragma once
#include <cstdint>
#include <vector>

#include "envs/maze_state.h"

// Rows of the table of levels in a result (columns.h).
namespace mazescan::datasets {

struct SeedRow {
  int32_t seed = 0;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("level/seed", seed);
  }
};

struct LevelRow {
  int32_t seed = 0;
  std::vector<uint8_t> open;  // size * size, as MazeLevel::open
  envs::Cell cheese;

  LevelRow() = default;
  explicit LevelRow(const envs::MazeLevel& level)
      : seed(level.seed), open(level.open), cheese(level.cheese) {}

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("level/seed", seed);
    visit("level/open", open, {"y", "x"});
    visit("level/cheese", cheese, {"coordinate"});
  }
};

}  // namespace mazescan::datasets
