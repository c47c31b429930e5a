#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "envs/maze_state.h"

namespace mazescan::certify {

// All perfect mazes of one size: the spanning trees of its grid of rooms, whose number is 4, 192 and 100,352
// for the sizes 3, 5 and 7.
struct Layouts {
  int size = 0;
  // Bit w is set where candidate wall w is open, walls being counted as procgen's generator lists them; in
  // ascending order, so that a layout's index is its rank.
  std::vector<uint32_t> open_walls;
  // Of a level of this size to have the layout. procgen takes the candidates in random order and opens each
  // that joins two parts (Kruskal's algorithm). A candidate that joins parts now has not been taken before,
  // so the next opened one is uniform among those that join, and one pass over all forests gives the
  // probabilities exactly. They are those of ideal draws: procgen's remainders are uneven by less than 1e-8.
  std::vector<double> probability;

  size_t count() const { return open_walls.size(); }
};

bool has_all_layouts(int size);  // 3, 5, 7
size_t layout_count(int size);

// size: 3, 5 or 7, which takes seconds and for that time 128 MiB.
Layouts all_layouts(int size);

// Which cells are free: size * size, row y (up), column x, as MazeLevel::open.
std::vector<uint8_t> open_cells(int size, uint32_t open_walls);
// The inverse.
uint32_t open_walls(int size, const std::vector<uint8_t>& open);

// `some` of `count` indices, without replacement, each set of them equally probable; ascending. All where
// some is 0 or no less than count.
std::vector<int32_t> sampled_indices(size_t count, size_t some, uint64_t seed, int size);

}  // namespace mazescan::certify
