#include "evaluator/draw/maze_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/random.h"
#include "envs/maze/maze_text.h"
#include "envs/maze/placement.h"
#include "storage/atomic_file.h"

namespace mazescan::draw {

void MazeChoice::validate() const {
  require(text.empty() || (size == 0 && placement.empty()), "--text with --size or --placement",
          "the drawing has its own size and cheese", "one or the other");
  require(level >= INT32_MIN && level <= INT32_MAX, lazy("--level {}", level),
          "level seeds are 32-bit numbers", lazy("{} to {}", INT32_MIN, INT32_MAX));
}

maze::MazeConfig MazeChoice::chosen(maze::MazeConfig maze) const {
  if (game) maze.game = config_name(maze::Game::maze) == *game ? maze::Game::maze : maze::Game::maze_aisc;
  maze.world_dim = world.value_or(maze.world_dim);
  // Limits the default region to the grid.
  maze.region = region.value_or(std::min(maze.region, maze.world_dim));
  return maze;
}

maze::EditableMaze chosen_maze(const MazeChoice& choice, const maze::MazeConfig& maze, int text_world) {
  choice.validate();
  const maze::LevelOptions options = maze::level_options(maze);
  if (!choice.text.empty())
    return maze::maze_from_text(storage::read_file(choice.text), choice.text, text_world, options.anchor);
  const auto seed = static_cast<int32_t>(choice.level);
  envs::MazeLevel level = choice.size == 0 ? maze::generate_level(options, seed)
                                           : maze::generate_level(options, seed, choice.size);
  if (!choice.placement.empty()) {
    maze::require_placement(choice.placement, "--placement");
    RandomStream random(static_cast<uint64_t>(choice.seed), "placement/" + choice.placement,
                        static_cast<uint64_t>(level.seed));
    level.cheese = maze::place_cheese(level, choice.placement, options.region, random);
    require(level.cheese != envs::kNoCell, lazy("--placement {}", choice.placement),
            lazy("level {} of size {} has no free cell for it", seed, level.size),
            "another placement, size or level");
  }
  return maze::EditableMaze(level);
}

envs::MazeLevel chosen_level(const MazeChoice& choice, const envs::Task& task) {
  choice.validate();
  for (const auto& [given, option] :
       {std::pair(!choice.text.empty(), "--text"), std::pair(choice.game.has_value(), "--game"),
        std::pair(choice.region.has_value(), "--region")})
    require(!given, lazy("{} with a policy of another environment than a maze", option), "it describes mazes",
            "--level, --size and --placement");
  require(!task.has_objects(), "a picture of a policy whose levels have objects", "pictures do not show them",
          "mazescan-evaluator scan, then report");
  if (choice.size != 0) require_size(task, choice.size, "--size is");
  const auto seed = static_cast<int32_t>(choice.level);
  envs::MazeLevel level;
  envs::Mt19937 rng(0);
  task.make_level(seed, choice.size, task.sizes().back(), rng, level);
  if (choice.placement.empty()) return level;
  task.require_placement(choice.placement, "--placement");
  RandomStream random(static_cast<uint64_t>(choice.seed), "placement/" + choice.placement,
                      static_cast<uint64_t>(level.seed));
  require(task.place_goal(level, choice.placement, random), lazy("--placement {}", choice.placement),
          lazy("level {} of size {} has no free cell for it", seed, level.size),
          "another placement, size or level");
  return level;
}

}  // namespace mazescan::draw
