#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "envs/maze_state.h"

namespace mazescan::certify {

// All perfect mazes of one size: the spanning trees of its grid of rooms. There are 4, 192 and 100,352 for
// the sizes 3, 5 and 7.
struct Layouts {
  int size = 0;
  // One bit set per layout: bit w is set if candidate wall w is open. Walls are numbered in the order of
  // procgen's generator. Sorted ascending: a layout's index is its rank.
  std::vector<uint32_t> open_walls;
  // Probability that a level of this size has the layout. procgen takes the candidates in random order and
  // opens each that joins two parts (Kruskal's algorithm). A candidate that joins parts now has not been
  // taken before, so the next opened one is uniform among those that join, and one pass over all forests
  // gives the probabilities exactly. They assume ideal draws: the modulo bias of procgen's draws is less than
  // 1e-8.
  std::vector<double> probability;

  size_t count() const { return open_walls.size(); }
};

bool has_all_layouts(int size);  // true for 3, 5 and 7
size_t layout_count(int size);

// Enumerates all layouts of size 3, 5 or 7. Size 7 takes seconds and temporarily 128 MiB.
Layouts all_layouts(int size);

// Returns which cells are free. Shape: [size * size], row y (upwards), column x, as MazeLevel::open.
std::vector<uint8_t> open_cells(int size, uint32_t open_walls);
// Returns the inverse of open_cells.
uint32_t open_walls(int size, const std::vector<uint8_t>& open);

// Draws `some` of `count` indices without replacement, every set equally probable; returns them ascending.
// Returns all indices if `some` is 0 or at least `count`.
std::vector<int32_t> sampled_indices(size_t count, size_t some, uint64_t seed, int size);

}  // namespace mazescan::certify
