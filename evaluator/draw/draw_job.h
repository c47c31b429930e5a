#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace mazescan {

// What `mazescan-evaluator draw` is told.
struct DrawJob {
  std::string out;                  // the PNG file
  std::string show = "maze";        // maze, frame, path or field
  std::string text;                 // a file with a drawing of the maze; empty: a generated level
  int64_t level = 0;                // its seed
  int size = 0;                     // 0: as the level has it
  std::string placement;            // of the cheese; empty: where the level has it
  std::optional<std::string> game;  // these three: with a policy, those of its world unless given
  std::optional<int> world, region;
  std::string policy;   // a policy file, for path and field
  std::string assets;   // folder of procgen's pictures, for a frame or a policy that sees them
  bool greedy = false;  // the most probable action, not a sampled one
  int limit = 0;        // steps of a path; 0: as the policy was trained
  int64_t seed = 1;     // of placements and sampled actions
  int pixels = 1024;    // a side of the picture
};

// Draws and writes the picture. Throws UserError on options that do not fit together, and on all that is
// wrong with them and the files that they name.
void draw(const DrawJob& job);

}  // namespace mazescan
