#include "evaluator/draw/print_maze.h"

#include <fmt/format.h>

#include "envs/maze/maze_text.h"
#include "envs/maze/on_distribution.h"

namespace mazescan::draw {

PrintedMaze print_maze(const MazeChoice& choice) {
  const MazeConfig config = choice.chosen({});
  const LevelOptions options = level_options(config);
  options.validate();
  const EditableMaze maze = chosen_maze(choice, config, config.world_dim);
  const std::string generator =
      config.game == Game::maze_aisc
          ? fmt::format("maze_aisc (world {}, region {})", config.world_dim, config.region)
          : fmt::format("maze (world {})", config.world_dim);
  const OnDistribution possible = on_distribution(maze.state(), options);
  PrintedMaze printed{maze_to_text(maze.state()), generator + " can generate this maze\n"};
  if (!possible)
    printed.verdict =
        fmt::format("{} cannot generate this maze:\n  {}\n", generator, fmt::join(possible.reasons, "\n  "));
  return printed;
}

}  // namespace mazescan::draw
