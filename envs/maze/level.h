#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "envs/maze_state.h"
#include "envs/mt19937.h"

namespace mazescan::maze {

enum class Game {
  maze,      // cheese on any free cell but the start
  maze_aisc  // cheese in the top-right region
};
inline std::vector<std::string> config_names(Game) {  // names of environments
  return {"maze", "maze_aisc"};
}
enum class Anchor {
  centre,      // as in procgen: a margin of (world_dim - size) / 2 on every side
  bottom_left  // maze cell (0, 0) is grid cell (0, 0)
};
inline std::vector<std::string> config_names(Anchor) {
  return {"centre", "bottom_left"};
}

struct LevelOptions {
  Game game = Game::maze_aisc;
  int world_dim = 25;  // odd, 3..101; procgen's are 15, 25 and 31
  int region = 0;      // maze_aisc only: procgenAISC's rand_region; 0 = exactly the top-right corner
  Anchor anchor = Anchor::centre;
  bool decoy = false;  // maze only: draw a second mark after the cheese, as procgenAISC's Maze II variants do
  // Odd. Sizes are drawn uniformly from 3, 5, ..., max_size. 0: up to world_dim, as procgen draws.
  int max_size = 0;

  // Throws UserError on values out of range. prefix: begins the key in the message, such as "environment.".
  void validate(const std::string& prefix = "") const;
};

// Returns the grid cell of maze cell (0, 0) for a maze of this size.
envs::Cell maze_origin(const LevelOptions& options, int size);

// Makes the walls of a level whose size is set: a tree, with the draws that all mazes of procgen make.
void grow_tree(envs::MazeLevel& level, envs::Mt19937& rng);

// Returns the largest number of free cells of a maze of this size: its rooms, and the passages between them.
constexpr int max_free_cells(int size) {
  const int rooms = (size + 1) / 2;
  return 2 * rooms * rooms - 1;
}

// Makes the level that procgen (game maze) or procgenAISC (game maze_aisc) makes from `seed`, bit for bit if
// world_dim is one of procgen's. Throws UserError on bad options.
envs::MazeLevel generate_level(const LevelOptions& options, int32_t seed);

// Makes a level of this size (odd, 3..world_dim). The size is drawn nevertheless, and then replaced.
envs::MazeLevel generate_level(const LevelOptions& options, int32_t seed, int size);

// Makes the level in `level`, whose memory is reused. size 0: drawn. `rng` is reseeded with `seed` and left
// after the last draw. Does not check options and size; call options.validate() once.
void generate_level(const LevelOptions& options, int32_t seed, int size, envs::Mt19937& rng,
                    envs::MazeLevel& level);

}  // namespace mazescan::maze
