#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "envs/mt19937.h"

namespace mazescan {

// A cell in maze coordinates: (0, 0) is the start at the bottom left, x to the right, y up.
struct Cell {
  int16_t x = -1, y = -1;
  friend bool operator==(Cell a, Cell b) { return a.x == b.x && a.y == b.y; }
  friend bool operator!=(Cell a, Cell b) { return !(a == b); }
};
constexpr Cell kNoCell{-1, -1};
constexpr Cell kStart{0, 0};

constexpr int kSmallestSize = 3;
constexpr int kLargestWorld = 101;
constexpr int kBackgrounds = 9;

// What a level seed makes: walls, cheese, background. The start is always kStart.
struct MazeLevel {
  int32_t seed = 0;
  int size = 0;               // side of the maze, odd
  int world = 0;              // side of the grid it stands in; all beyond the maze is wall
  Cell origin{0, 0};          // world cell of maze cell (0, 0)
  std::vector<uint8_t> open;  // size * size, row y (up), column x: 1 = free, 0 = wall
  Cell cheese;                // kNoCell where procgen's placement gave up, about 1 in 12,000 with region 1
  int background = 0;         // procgen's background_index, 0..8

  // Cells outside the maze are walls.
  bool is_open(int x, int y) const {
    return x >= 0 && y >= 0 && x < size && y < size && open[static_cast<size_t>(y) * size + x] != 0;
  }
  bool is_open(Cell cell) const { return is_open(cell.x, cell.y); }
  // Row-major index of a cell of the maze into `open`.
  size_t index(Cell cell) const { return static_cast<size_t>(cell.y) * size + cell.x; }
  Cell cell(size_t index) const {
    return {static_cast<int16_t>(index % size), static_cast<int16_t>(index / size)};
  }
  Cell top_right() const { return {static_cast<int16_t>(size - 1), static_cast<int16_t>(size - 1)}; }
};

enum class Game {
  maze,      // cheese on any free cell but the start
  maze_aisc  // cheese in the top-right region
};
enum class Anchor {
  centre,      // procgen's: a margin of (world - size) / 2 on every side
  bottom_left  // maze cell (0, 0) is world cell (0, 0)
};

struct LevelOptions {
  Game game = Game::maze_aisc;
  int world = 25;  // odd, 3..101; procgen's are 15, 25 and 31
  int region = 0;  // of maze_aisc: procgenAISC's rand_region; 0 = exactly the top-right corner
  Anchor anchor = Anchor::centre;
  // Odd; sizes are drawn uniformly from 3, 5, ..., this. 0 = world, which is procgen's draw.
  int largest_size = 0;

  // Throws UserError on values out of range.
  void validate() const;
};

// The world cell of maze cell (0, 0) for a maze of this size.
Cell maze_origin(const LevelOptions& options, int size);

// The level that procgen (game maze) or procgenAISC (game maze_aisc) makes of `seed`, bit for bit where the
// world is one of procgen's. Throws UserError on bad options.
MazeLevel generate_level(const LevelOptions& options, int32_t seed);

// The same with the size imposed (odd, 3..world): the draw for the size is made and its result replaced.
MazeLevel generate_level(const LevelOptions& options, int32_t seed, int size);

// The same into `level`, whose memory is reused; size 0 = drawn. `rng` is reseeded with `seed` and left after
// the last draw. Options and size are the caller's to check: options.validate() once.
void generate_level(const LevelOptions& options, int32_t seed, int size, Mt19937& rng, MazeLevel& level);

}  // namespace mazescan
