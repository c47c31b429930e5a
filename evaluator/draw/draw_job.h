#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/draw/maze_choice.h"

namespace mazescan::draw {

// The options of `mazescan-evaluator draw`.
struct DrawJob : MazeChoice {
  std::string out;            // the picture's file
  std::string show = "maze";  // maze, frame, path or field
  std::string policy;         // a policy file, for path and field; its environment is the maze's
  std::string assets;         // folder of procgen's pictures, for a frame or a policy that sees them
  std::string edits;          // a file of edits of the policy
  std::vector<int> target;    // x and y of the cell that the edits call target; empty: none
  bool greedy = false;        // the most probable action, not a sampled one
  int limit = 0;              // steps of a path; 0: as the policy was trained
  int pixels = 1024;          // the picture's width
};

// Draws the picture and writes its file. Returns a line for people, or "": how much of the network the edits
// change. Throws UserError on options that contradict each other, and on
// faults of them and of the files that they name.
std::string draw_picture(const DrawJob& job);

}  // namespace mazescan::draw
