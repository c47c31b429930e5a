#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "envs/maze/editable_maze.h"
#include "envs/maze/maze_config.h"
#include "envs/task.h"

namespace mazescan::draw {

// Selects the maze of a command: a generated level, or the drawing in a text file.
struct MazeChoice {
  std::string text;                 // the file; empty: a generated level
  int64_t level = 0;                // its seed
  int size = 0;                     // 0: the size of the level
  std::string placement;            // placement of the cheese; empty: that of the level
  std::optional<std::string> game;  // game, world and region override those of the environment
  std::optional<int> world, region;
  int64_t seed = 1;  // seed of placements

  // Throws UserError if options contradict each other.
  void validate() const;
  // Returns `maze` with the chosen game, world_dim and region.
  maze::MazeConfig chosen(maze::MazeConfig maze) const;
};

// Makes the maze. `text_world`: side of the grid around the drawing of a text file; 0: that of the drawing.
// Throws UserError if there is no such maze.
maze::EditableMaze chosen_maze(const MazeChoice& choice, const maze::MazeConfig& maze, int text_world);

// Makes the level of an environment that is no maze; its generator and placements are the task's own.
// Throws UserError if there is no such level, or an option is about mazes only.
envs::MazeLevel chosen_level(const MazeChoice& choice, const envs::Task& task);

}  // namespace mazescan::draw
