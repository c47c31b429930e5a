#include "evaluator/draw/print_maze.h"

#include <fmt/format.h>

#include "envs/maze_environment.h"
#include "envs/maze_text.h"
#include "envs/on_distribution.h"

namespace mazescan::draw {

PrintedMaze print_maze(const MazeChoice& choice) {
  const EnvironmentConfig environment = choice.environment({});
  const LevelOptions options = level_options(environment);
  options.validate();
  const EditableMaze maze = chosen_maze(choice, environment, environment.world);
  const std::string generator =
      environment.game == "maze_aisc"
          ? fmt::format("maze_aisc (world {}, region {})", environment.world, environment.region)
          : fmt::format("maze (world {})", environment.world);
  const OnDistribution possible = on_distribution(maze.state(), options);
  PrintedMaze printed{maze_to_text(maze.state()), generator + " can generate this maze\n"};
  if (!possible)
    printed.verdict =
        fmt::format("{} cannot generate this maze:\n  {}\n", generator, fmt::join(possible.reasons, "\n  "));
  return printed;
}

}  // namespace mazescan::draw
