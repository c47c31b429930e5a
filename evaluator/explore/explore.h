#pragma once
#include <string>
#include <vector>

#include "evaluator/draw/maze_choice.h"

namespace mazescan::explore {

// The options of `mazescan-evaluator explore`. The maze is the first one that the page shows.
struct ExploreJob : draw::MazeChoice {
  std::string policy;                  // a policy file of either format
  std::vector<std::string> overrides;  // keys of the environment of a .pth file
  std::string assets;                  // folder of procgen's pictures, if it has moved since training
  std::string edits;                   // a file of edits to begin with
  int port = 0;                        // 0: any free one
};

// Serves the page until a signal stops the program (INT, TERM). Prints the page's URL. Throws UserError if an
// option is invalid or a file cannot be read.
void explore(const ExploreJob& job);

}  // namespace mazescan::explore
