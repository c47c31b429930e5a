#pragma once
#include <cstdint>

#include "envs/maze_state.h"
#include "envs/mt19937.h"

namespace mazescan {

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
