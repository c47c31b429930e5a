#include "evaluator/commands/maze_options.h"

#include <fmt/ranges.h>

namespace mazescan::commands {

void declare_maze(CLI::App& app, draw::MazeChoice& maze) {
  app.add_option("--level", maze.level, "level seed")->capture_default_str();
  app.add_option("--size", maze.size, "size of the maze, odd; by default the size of the level");
  app.add_option("--placement", maze.placement,
                 "placement of the cheese: top_left, centre, ..., or cell:X,Y");
  const std::vector<std::string> games = config_names(maze::Game{});
  app.add_option("--game", maze.game, fmt::format("{}", fmt::join(games, " or ")))
      ->check(CLI::IsMember(games));
  app.add_option("--world", maze.world, "side of the padded grid, odd (25)");
  app.add_option("--region", maze.region,
                 fmt::format("{} only: the cheese is in the top-right k x k cells (5)",
                             config_name(maze::Game::maze_aisc)));
  app.add_option("--text", maze.text, "read the maze from this text file: # wall, . free, m mouse, c cheese");
  app.add_option("--seed", maze.seed, "seed of placements and sampled actions")->capture_default_str();
}

}  // namespace mazescan::commands
