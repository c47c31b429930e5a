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
  std::string policy;         // a policy file, for path and field; the maze has its environment
  std::string assets;         // folder of procgen's pictures, for a frame or a policy that sees them
  std::string edits;          // a file with edits of the policy's activations
  std::vector<int> target;    // x and y of the edits' target cell; empty: none
  bool greedy = false;        // take the most probable action, not a sampled one
  int limit = 0;              // maximum steps of a path; 0: the limit of the policy's training
  int pixels = 1024;          // the picture's width
};

// Draws the picture and writes its file. Returns a line to print: how much of the network the
// edits change; "" without edits. Throws UserError if options are invalid or contradict each
// other, or a file cannot be read.
std::string draw_picture(const DrawJob& job);

}  // namespace mazescan::draw
