#pragma once
#include <CLI/CLI.hpp>

#include "evaluator/draw/maze_choice.h"

namespace mazescan::commands {

// Declares the options that choose a maze: a generated level or a text file.
void declare_maze(CLI::App& app, draw::MazeChoice& maze);

}  // namespace mazescan::commands
