#include <cstdio>
#include <memory>

#include "evaluator/commands/command.h"
#include "evaluator/commands/maze_options.h"
#include "evaluator/draw/print_maze.h"

namespace mazescan::commands {

Command maze_command() {
  return {"maze", R"(print a maze as text, and on stderr whether the game can generate it

  maze --level 17 --size 9 > cave.txt           # a start for changes by hand
  maze --text cave.txt                          # why the generator cannot make it
)",
          [](CLI::App& app) -> Action {
            const auto choice = std::make_shared<draw::MazeChoice>();
            declare_maze(app, *choice);
            return [choice](int, char**) {
              const draw::PrintedMaze maze = draw::print_maze(*choice);
              std::fputs(maze.drawing.c_str(), stdout);
              std::fputs(maze.verdict.c_str(), stderr);
              return 0;
            };
          }};
}

}  // namespace mazescan::commands
