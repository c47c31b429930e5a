#include "evaluator/draw/print_maze.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "envs/maze/maze_text.h"
#include "envs/maze/on_distribution.h"

namespace mazescan::draw {

PrintedMaze print_maze(const MazeChoice& choice) {
  const maze::MazeConfig config = choice.chosen({});
  const maze::LevelOptions options = maze::level_options(config);
  options.validate();
  const maze::EditableMaze maze = chosen_maze(choice, config, config.world_dim);
  const std::string generator =
      config.game == maze::Game::maze_aisc
          ? fmt::format("{} (world {}, region {})", config_name(config.game), config.world_dim, config.region)
          : fmt::format("{} (world {})", config_name(config.game), config.world_dim);
  const maze::OnDistribution possible = maze::on_distribution(maze.state(), options);
  PrintedMaze printed{maze::maze_to_text(maze.state()), generator + " can generate this maze\n"};
  if (!possible)
    printed.verdict =
        fmt::format("{} cannot generate this maze:\n  {}\n", generator, fmt::join(possible.reasons, "\n  "));
  return printed;
}

}  // namespace mazescan::draw
